"""The whole stack from one template, but for what listens to people: SMTP and HTTP are put in front of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.aws import EmbeddedAws
from local.deployment import Deployment, deploy
from local.outbox import Outbox
from local.pumps import Pumps
from local.resources.site import Site
from local.ses import SesEmulation
from local.template import load_template
from local.workers import Workers

STACK_NAME = "email-channels"


class Stack:
    """After `start`: `deployment`, `workers` and `pumps` beside `aws` and `outbox`."""

    def __init__(self, template: Path, parameters: Mapping[str, str], api_url: str) -> None:
        """`parameters` are those given; the template's defaults are added. `api_url` is the gateway's address."""
        self._template_path = template
        self._given = parameters
        self._api_url = api_url
        self._ses: SesEmulation | None = None
        self._deployed = False
        self.outbox = Outbox()
        self.aws = EmbeddedAws(self._in_front)
        self.deployment: Deployment
        self.workers: Workers
        self.pumps: Pumps

    def start(self) -> None:
        """Deploys the template and starts everything. Raises UserError; `stop` is to be called then, too."""
        site = Site(self.aws, STACK_NAME, self._api_url)
        template = load_template(self._template_path, self._given, site.pseudo_parameters)
        self.aws.start()
        self.workers = Workers(self.aws.endpoint_url, self.aws.region)
        self.deployment = deploy(template, self.aws, self.workers, site)
        self.pumps = Pumps(self.deployment, self.aws, self.workers.invoke)
        self.pumps.wait_for(self._no_ses_event_pending)
        self._deployed = True
        self.workers.start()
        self.pumps.start()

    def stop(self) -> None:
        """Ends in the order in which events flow, so that what is under way is finished."""
        if self._ses is not None:
            self._ses.stop()
        if self._deployed:
            self.pumps.stop()
        if hasattr(self, "workers"):
            self.workers.stop()
        self.aws.stop()

    def disturb_events(self, *, doubled: bool, reversed_: bool) -> None:
        """From now on each SES event comes twice, those of one email in reverse order: SES promises neither."""
        assert self._ses is not None, "not started"
        self._ses.event_order(doubled=doubled, reversed_=reversed_)

    def _in_front(self, application: Any) -> SesEmulation:
        self._ses = SesEmulation(application, self._emit, self.outbox)
        return self._ses

    def _emit(self, event: Mapping[str, Any]) -> None:
        if self._deployed:
            self.pumps.put_event(event)

    def _no_ses_event_pending(self) -> bool:
        return self._ses is None or self._ses.pending() == 0
