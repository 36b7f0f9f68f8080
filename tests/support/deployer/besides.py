"""What a deployment does besides making the resources of the template."""

from tests.support.deployer.actions import Actions

CUSTOM = Actions("lambda", "lambda:eu-west-1:123456789012:function:channels-SetupFunction-1A2B", "InvokeFunction")
"""For `Custom::...`: CloudFormation invokes the function `setup`."""

_STACK = "cloudformation:eu-west-1:123456789012:stack"
_ARTIFACTS = "s3:::aws-sam-cli-managed-default-samclisourcebucket-1a2b3c"
_CHANGES = "CreateChangeSet DescribeChangeSet ExecuteChangeSet DescribeStacks DescribeStackEvents GetTemplateSummary"
_GROUP = "codedeploy:eu-west-1:123456789012:deploymentgroup:channels-ServerlessDeploymentApplication-1A2B"

BESIDES = (
    # What `sam deploy` calls.
    Actions("cloudformation", f"{_STACK}/channels/1a2b", f"{_CHANGES} TagResource UntagResource"),
    Actions("cloudformation", "cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31", "CreateChangeSet"),
    # Its bucket, which it makes by a stack of its own (`resolve_s3`).
    Actions("cloudformation", f"{_STACK}/aws-sam-cli-managed-default/1a2b", f"{_CHANGES} TagResource"),
    Actions(
        "s3",
        _ARTIFACTS,
        "CreateBucket PutEncryptionConfiguration PutBucketVersioning PutBucketPublicAccessBlock PutBucketTagging "
        "PutBucketPolicy ListBucket GetBucketLocation",
        read="GetEncryptionConfiguration GetBucketVersioning GetBucketPublicAccessBlock GetBucketTagging "
        "GetBucketPolicy",
    ),
    Actions("s3", f"{_ARTIFACTS}/1a2b.template", "PutObject GetObject GetObjectVersion AbortMultipartUpload"),
    # CloudFormation lets CodeDeploy move the aliases (`UpdatePolicy`).
    Actions("codedeploy", f"{_GROUP}/channels-InboundFunctionDeploymentGroup-1A2B", "CreateDeployment GetDeployment"),
    Actions("codedeploy", "", "", anywhere="StopDeployment"),
    Actions(
        "codedeploy",
        "codedeploy:eu-west-1:123456789012:deploymentconfig:CodeDeployDefault.LambdaCanary10Percent15Minutes",
        "GetDeploymentConfig",
    ),
    Actions(
        "iam", "iam::123456789012:role/channels-CodeDeployServiceRole-1A2B", "AttachRolePolicy", "DetachRolePolicy"
    ),
    # The first access log of an API in the account.
    Actions(
        "iam",
        "iam::123456789012:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway",
        "CreateServiceLinkedRole",
    ),
    # An API is made by POST on the collection, and its tags are a resource of their own.
    Actions("apigateway", "apigateway:eu-west-1::/apis", "POST", "PUT", read="GET"),
    Actions("apigateway", "apigateway:eu-west-1::/tags/arn%3Aaws", "POST", "PUT", "DELETE", "GET"),
    # A layer is published under its name.
    Actions("lambda", "lambda:eu-west-1:123456789012:layer:CommonLayer", "PublishLayerVersion"),
)
