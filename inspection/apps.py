from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "inspection"

    def ready(self) -> None:
        from qms.journal.install import installer
        from qms.office.notifications.rules import REMINDERS
        from qms.records.bundle import report
        from qms.ui import banners

        from . import alarms, handlers, permissions, pictures, queries, workflow
        from .models import Calibration, Conformance, ControlChart, InspectionPlan, MsaStudy, days
        from .workflow import calibrations, certificates, conformance, studies

        assert workflow.GAUGE and workflow.INSPECTION and calibrations.CALIBRATION and workflow.CONTROLCHART
        assert certificates.CERTIFICATE and studies.MSASTUDY and conformance.CONFORMANCE
        # The record asks for its rule through the class, because models may not import permissions.
        InspectionPlan.refuses = permissions.refuses_release
        Calibration.shipments = queries.shipments_since
        Conformance.left, Conformance.fresh = queries.conformance.left, queries.conformance.fresh
        handlers.register_kinds()
        report.PICTURES[ControlChart._meta.label_lower] = pictures.of_record
        report.PICTURES[MsaStudy._meta.label_lower] = pictures.of_study
        alarms.register()
        if alarms.remind not in REMINDERS:
            REMINDERS.append(alarms.remind)
        installer(days.install)
        banners.register(handlers.alert_banners)
        banners.register(handlers.shipment_banners)
        banners.register(handlers.certificate_banners)
