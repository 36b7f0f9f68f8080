"""The permissions that the calls of an operator's tools need. Functions make none of these calls.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterable, Mapping

from local.judging.required_permissions import AwsAccount, Parameters, RequiredPermission, required_permissions

Find = Callable[[Parameters, AwsAccount], Iterable[RequiredPermission]]


def operator_permissions(
    service: str, operation: str, parameters: Parameters, account: AwsAccount
) -> list[RequiredPermission]:
    """The permissions that a call needs, also if only operators make it. Raises UnknownOperation."""
    find = _BY_OPERATION.get((service, operation))
    return list(find(parameters, account)) if find else required_permissions(service, operation, parameters, account)


def _on_anything(action: str) -> Find:
    return lambda _, __: [RequiredPermission(action, "*")]


def _on_stack(action: str) -> Find:
    return lambda parameters, account: [
        RequiredPermission(
            f"cloudformation:{action}", account.arn("cloudformation", f"stack/{parameters['StackName']}/id")
        )
    ]


def _on_identity(parameters: Parameters, account: AwsAccount) -> list[RequiredPermission]:
    return [RequiredPermission("ses:GetEmailIdentity", account.arn("ses", f"identity/{parameters['EmailIdentity']}"))]


def _on_alarm(parameters: Parameters, account: AwsAccount) -> list[RequiredPermission]:
    return [
        RequiredPermission("cloudwatch:SetAlarmState", account.arn("cloudwatch", f"alarm:{parameters['AlarmName']}"))
    ]


def _on_topic(parameters: Parameters, _: AwsAccount) -> list[RequiredPermission]:
    return [RequiredPermission("sns:ListSubscriptionsByTopic", parameters["TopicArn"])]


def _on_function(parameters: Parameters, account: AwsAccount) -> list[RequiredPermission]:
    name = parameters["FunctionName"]
    arn = name if name.startswith("arn:") else account.arn("lambda", f"function:{name}")
    return [RequiredPermission("lambda:InvokeFunction", arn)]


def _delete_object(parameters: Parameters, _: AwsAccount) -> list[RequiredPermission]:
    """With a version, it is another action."""
    action = "DeleteObjectVersion" if "VersionId" in parameters else "DeleteObject"
    return [RequiredPermission(f"s3:{action}", f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}")]


def _list_versions(parameters: Parameters, _: AwsAccount) -> list[RequiredPermission]:
    return [RequiredPermission("s3:ListBucketVersions", f"arn:aws:s3:::{parameters['Bucket']}")]


_BY_OPERATION: Mapping[tuple[str, str], Find] = {
    # Anybody may ask who they are.
    ("sts", "GetCallerIdentity"): lambda _, __: [],
    ("cloudformation", "DescribeStacks"): _on_stack("DescribeStacks"),
    ("cloudformation", "ListStackResources"): _on_stack("ListStackResources"),
    ("email", "GetAccount"): _on_anything("ses:GetAccount"),
    ("email", "GetEmailIdentity"): _on_identity,
    # Lists of alarms need permission for all.
    ("monitoring", "DescribeAlarms"): _on_anything("cloudwatch:DescribeAlarms"),
    ("monitoring", "DescribeAlarmHistory"): _on_anything("cloudwatch:DescribeAlarmHistory"),
    ("monitoring", "SetAlarmState"): _on_alarm,
    ("sns", "ListSubscriptionsByTopic"): _on_topic,
    ("lambda", "Invoke"): _on_function,
    ("s3", "DeleteObject"): _delete_object,
    ("s3", "ListObjectVersions"): _list_versions,
}
