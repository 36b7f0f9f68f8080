"""The order in which CloudFormation makes the resources of the expanded template."""

from functools import cache

from local.cloudformation.template import Template
from tests.support.template import expanded

PROCESSING = (
    *("AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"),
    *("AWS::Lambda::Permission", "AWS::Lambda::Alias", "AWS::CodeDeploy::", "AWS::Events::Rule", "AWS::Scheduler::"),
    *("AWS::IAM::", "AWS::SQS::", "AWS::DynamoDB::", "AWS::S3::", "AWS::KMS::", "AWS::SecretsManager::Secret"),
    *("AWS::SES::ConfigurationSet", "Custom::TagKeyValue", "AWS::CloudWatch::", "AWS::Logs::", "AWS::SNS::"),
)
"""The types of what processes emails, and of what watches over it."""

AFTERWARDS = {
    "ReceivingWatch": "it would find that nothing is received yet",
    "ReceivingWatchPermission": "it is for the watch",
    "SetupFunctionAliaslive": "custom resources and the watch call the function itself",
    "Dashboard": "it shows what became of emails, and does nothing",
    "SetupUserPoolPolicy": "it is for the user pool, which processes no emails",
}
"""Resources of these types that need not be there when the first email comes, and why."""


class Dependencies:
    """What each resource of a template needs, directly and through others."""

    def __init__(self, template: Template) -> None:
        self.resources = template.resources
        self.types = {name: str(resource["Type"]) for name, resource in template.resources.items()}
        self._direct = {}
        for name, resource in template.resources.items():
            depends_on = resource.get("DependsOn", [])
            named = {depends_on} if isinstance(depends_on, str) else set(depends_on)
            named |= template.resolver.references(resource.get("Properties", {}))
            # An alias is moved by its deployment group.
            named |= template.resolver.references(resource.get("UpdatePolicy", {}))
            self._direct[name] = named & template.resources.keys()
        self._all = cache(self._needs)

    def needs(self, name: str) -> frozenset[str]:
        """All resources that exist before this one."""
        return self._all(name)

    def of_type(self, *prefixes: str) -> set[str]:
        """The resources whose type begins with one of these texts."""
        return {name for name, type_ in self.types.items() if type_.startswith(prefixes)}

    def processing(self) -> set[str]:
        """What must exist before the first email is received."""
        # No email waits for API Gateway.
        for_api = {
            name
            for name, resource in self.resources.items()
            if resource.get("Properties", {}).get("Principal") == "apigateway.amazonaws.com"
        }
        return self.of_type(*PROCESSING) - AFTERWARDS.keys() - for_api

    def _needs(self, name: str) -> frozenset[str]:
        direct = self._direct[name]
        return frozenset(direct).union(*(self._all(each) for each in direct))


def dependencies(**parameters: str) -> Dependencies:
    """The dependencies of the template, deployed with these parameters."""
    return Dependencies(expanded(**parameters))


def last_of_processing() -> list[str]:
    """What of `processing` nothing else in it needs: if all of these exist, the rest does.

    Resources with a condition are left out: DependsOn cannot name them.
    """
    # A watched rollout needs the alarms of functions. They must come first in any case.
    order = dependencies(Rollout="AllAtOnce")
    processing = {name for name in order.processing() if "Condition" not in order.resources[name]}
    needed = frozenset().union(*(order.needs(name) for name in processing))
    return sorted(processing - needed)
