"""The deployed stack: embedded AWS, functions and event sources. SMTP and HTTP servers are added by `system.py`."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.cloudformation.account_api import AccountApi
from local.cloudformation.deployment import Deployment, deploy
from local.cloudformation.resources.context import StackContext
from local.cloudformation.stack_api import StackApi
from local.cloudformation.template import load_template
from local.embedded_aws import EmbeddedAws
from local.events.domain_events import PutEvents, make_bus
from local.events.event_sources import EventSources
from local.lambda_.configuration_api import ConfigurationApi
from local.lambda_.invoke_api import InvokeApi
from local.lambda_.worker_pools import WorkerPools
from local.saved_state import load, save
from local.ses.emulation import SesEmulation
from local.ses.identities import verified_by_hand
from local.ses.outbox import Outbox

STACK_NAME = "email-channels"

LAST_EVENTS_SECONDS = 10.0
"""How long `stop` waits for events to be handled before it saves the state."""

_log = logging.getLogger(__name__)


class Stack:
    """A stack of the template, from `start` to `stop`.

    `aws` and `outbox` exist from the beginning, `account`, `deployment`, `workers` and `event_sources` after `start`.
    """

    def __init__(
        self,
        template: Path,
        parameters: Mapping[str, str],
        api_url: str,
        data: Path | None = None,
        *,
        strict: bool = False,
    ) -> None:
        """`parameters` replace the template's defaults. `api_url` is the URL of the API.

        The functions are imported from the folder of the template. With `data`, `start` loads the state from that
        folder, and `stop` saves it there. With `strict`, calls of functions that AWS would refuse (no permission, over
        a limit) are refused. Without it, they are only logged.
        """
        self._template_path = template
        self._data = data
        self._strict = strict
        self._given = parameters
        self._ses: SesEmulation | None = None
        self._put_events: PutEvents | None = None
        self._deployed = False
        self.outbox = Outbox()
        self.aws = EmbeddedAws(self._in_front)
        self._context = StackContext(self.aws, STACK_NAME, api_url)
        self.account: AccountApi
        self.deployment: Deployment
        self.workers: WorkerPools
        self.event_sources: EventSources

    def start(self) -> None:
        """Deploys the template and starts everything. May raise UserError. Call `stop` in this case, too."""
        context = self._context
        template = load_template(self._template_path, self._given, context.pseudo_parameters)
        self.aws.start()
        root = self._template_path.resolve().parent
        self.workers = WorkerPools(self.aws.endpoint_url, self.aws.region, root, strict=self._strict)
        self._verify_domains(template.parameters)
        make_bus(self.aws, template.parameters.get("EventBusName", ""))
        self.deployment = deploy(template, self.aws, self.workers, context)
        self.event_sources = EventSources(self.deployment, self.aws, self.workers.invoke)
        self.event_sources.wait_for(self._no_ses_event_pending)
        if self._data is not None:
            load(self._data, self.deployment, self.aws, self.outbox)
        self._deployed = True
        self.workers.start()
        self.event_sources.start()

    def stop(self) -> None:
        """Waits for events under way, saves the state and stops everything. Call it even if `start` failed."""
        try:
            if self._deployed:
                if self._data is not None and not self.event_sources.settle(LAST_EVENTS_SECONDS):
                    _log.warning("Some events were not handled. The function reconcile will finish the rest.")
                self.event_sources.stop()
                self._deployed = False
                if self._data is not None:
                    save(self._data, self.deployment, self.aws, self.outbox)
        finally:
            if self._ses is not None:
                self._ses.stop()
            if hasattr(self, "workers"):
                self.workers.stop()
            self.aws.stop()

    def disturb_events(self, *, doubled: bool, reversed_: bool) -> None:
        """From now on, SES events come twice, or in reverse order for each email. SES may do both."""
        assert self._ses is not None, "not started"
        self._ses.event_order(doubled=doubled, reversed_=reversed_)

    def domain_events(self) -> list[dict[str, Any]]:
        """The events that functions have put on event buses, newest last."""
        return self._put_events.events() if self._put_events is not None else []

    def _verify_domains(self, parameters: Mapping[str, str]) -> None:
        """Does what an operator does by hand before the deployment: docs/deployment.md, DNS."""
        ses = self.aws.client("sesv2")
        for domain in verified_by_hand(parameters):
            ses.create_email_identity(EmailIdentity=domain)
            ses.put_email_identity_feedback_attributes(EmailIdentity=domain, EmailForwardingEnabled=False)

    def _in_front(self, application: Any) -> Any:
        """What moto does not have, or does not know of this stack."""
        stack_id = self._context.pseudo_parameters["AWS::StackId"]
        self.account = AccountApi(application, stack_id)
        self._put_events = PutEvents(self.account, self._emit)
        self._ses = SesEmulation(self._put_events, self._emit, self.outbox)
        invoke = InvokeApi(self._ses, self._deployed_stack, lambda name, event: self.workers.invoke(name, event))
        invoke_or_look = ConfigurationApi(invoke, self._context.configurations)
        return StackApi(invoke_or_look, STACK_NAME, stack_id, self._deployed_stack)

    def _deployed_stack(self) -> Deployment | None:
        return self.deployment if self._deployed else None

    def _emit(self, event: Mapping[str, Any]) -> None:
        if self._deployed:
            self.event_sources.put_event(event)

    def _no_ses_event_pending(self) -> bool:
        return self._ses is None or self._ses.pending() == 0
