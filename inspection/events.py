from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class GaugeChanged:
    gauge: str
    asset: str


GAUGE_REGISTERED = Event("gauge.registered", _("Gauge %(asset)s registered."), GaugeChanged)
GAUGE_EDITED = Event("gauge.edited", _("Data of the gauge %(asset)s changed."), GaugeChanged)
GAUGE_TAKEN_OUT = Event("gauge.taken_out", _("Gauge %(asset)s taken out of service."), GaugeChanged)
GAUGE_RETURNED = Event("gauge.returned", _("Gauge %(asset)s returned to service."), GaugeChanged)
GAUGE_RETIRED = Event("gauge.retired", _("Gauge %(asset)s retired."), GaugeChanged)
