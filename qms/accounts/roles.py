"""The role matrix on one page: permission → roles. A grant gives a person a role on a site (or on all sites).

An administrator holds no quality verb; an auditor only reads; a service account acts through token scopes, not roles.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

ROLES: dict[str, Any] = {
    "operator": _("Operator"),
    "inspector": _("Inspector"),
    "quality_engineer": _("Quality engineer"),
    "supervisor": _("Supervisor"),
    "quality_manager": _("Quality manager"),
    "mrb_member": _("MRB member"),
    "supplier_quality": _("Supplier quality engineer"),
    "design_authority": _("Design authority"),
    "purchasing": _("Purchasing"),
    "document_controller": _("Document controller"),
    "auditor": _("Auditor"),
    "security_officer": _("Security officer"),
    "integration_owner": _("Integration owner"),
    "administrator": _("Administrator"),
}

QUALITY = (
    "inspector",
    "quality_engineer",
    "supervisor",
    "quality_manager",
    "mrb_member",
    "supplier_quality",
    "design_authority",
)
READERS = ("operator", *QUALITY, "purchasing", "document_controller", "auditor", "integration_owner")

MATRIX: dict[str, tuple[str, ...]] = {
    "ncr.view": READERS,
    "ncr.report": ("operator", *QUALITY),
    "ncr.edit": ("quality_engineer", "supplier_quality", "quality_manager"),
    "ncr.review": ("quality_engineer", "supplier_quality", "quality_manager"),
    "ncr.propose": ("quality_engineer", "supplier_quality", "quality_manager"),
    "ncr.approve": ("mrb_member", "design_authority"),
    "ncr.waive": ("quality_manager", "supervisor"),
    "ncr.execute": ("quality_engineer", "supplier_quality", "quality_manager"),
    "ncr.close": ("quality_engineer", "quality_manager", "inspector", "supervisor"),
    "ncr.cancel": ("quality_engineer", "quality_manager"),
    "ncr.void": ("quality_manager",),
    "ncr.carry_out": ("operator", "inspector", "quality_engineer", "supplier_quality", "supervisor", "quality_manager"),
    "ncr.reinspect": ("inspector", "quality_engineer", "quality_manager"),
    "ncr.reopen": ("quality_manager",),
    "posting.cancel": ("quality_engineer", "supplier_quality", "quality_manager"),
    "posting.reverse": ("quality_manager", "supervisor"),
    "posting.answer": ("quality_manager",),
    "hold.view": READERS,
    "hold.request": ("inspector", "quality_engineer", "supervisor", "quality_manager", "supplier_quality"),
    "hold.release": ("quality_engineer", "supervisor", "quality_manager"),
    "command.send": ("quality_engineer", "supervisor", "quality_manager"),
    "record.comment": ("operator", *QUALITY, "purchasing", "document_controller"),
    "ncr.catalogue": ("quality_manager",),
    "reason.manage": ("quality_manager",),
    "gauge.view": READERS,
    "gauge.manage": ("inspector", "quality_engineer", "quality_manager"),
    "masterdata.view": READERS,
    "masterdata.refresh": (*QUALITY, "purchasing", "integration_owner"),
    "list.export": ("quality_engineer", "quality_manager", "supplier_quality", "auditor", "integration_owner"),
    "record.export": ("quality_engineer", "quality_manager", "supplier_quality", "auditor"),
    "view.share": ("quality_engineer", "supervisor", "quality_manager", "supplier_quality"),
    "interface.view": ("quality_engineer", "quality_manager", "supervisor", "auditor", "integration_owner"),
    "interface.operate": ("integration_owner",),
    "interface.resolve": ("integration_owner", "quality_engineer", "quality_manager"),
    "mapping.view": ("quality_engineer", "quality_manager", "supervisor", "auditor", "integration_owner"),
    "mapping.edit": ("integration_owner",),
    "mapping.approve": ("integration_owner", "quality_manager"),
    "import.run": ("administrator", "quality_manager"),
    "webhook.view": ("quality_engineer", "quality_manager", "supervisor", "auditor", "integration_owner"),
    "webhook.manage": ("integration_owner",),
    "trail.view": ("auditor", "quality_manager", "security_officer"),
    "trail.schedule": ("quality_manager", "security_officer"),
    "trail_review.view": ("quality_engineer", "quality_manager", "auditor", "security_officer"),
    "trail_review.manage": ("quality_manager", "security_officer"),
    "review_rule.manage": ("quality_manager",),
    "access_review.view": ("quality_engineer", "quality_manager", "auditor", "security_officer", "administrator"),
    "access_review.manage": ("security_officer", "administrator"),
    "retention.view": READERS,
    "retention.manage": ("quality_manager", "document_controller"),
    "legal_hold.view": ("quality_engineer", "quality_manager", "document_controller", "auditor"),
    "legal_hold.manage": ("quality_manager", "document_controller"),
    "disposal.view": ("quality_engineer", "quality_manager", "document_controller", "auditor"),
    "disposal.propose": ("quality_manager", "document_controller"),
    "disposal.approve": ("quality_manager", "document_controller"),
    "account.view": ("administrator", "security_officer", "auditor"),
    "account.manage": ("administrator", "security_officer"),
    "identity.manage": ("administrator", "security_officer"),
    "compartment.manage": ("security_officer",),
}

# What each right lets a person do, in words: the role matrix of the administration pages.
RIGHTS: dict[str, Any] = {
    "ncr.view": _("See nonconformances"),
    "ncr.report": _("Report a nonconformance"),
    "ncr.edit": _("Correct what was reported"),
    "ncr.review": _("Start the review"),
    "ncr.propose": _("Propose the disposition"),
    "ncr.approve": _("Sign the disposition (MRB)"),
    "ncr.waive": _("Waive the containment by signature"),
    "ncr.execute": _("Ask the ERP for the postings"),
    "ncr.close": _("Verify and close"),
    "ncr.cancel": _("Cancel a nonconformance"),
    "ncr.void": _("Declare a nonconformance void"),
    "ncr.carry_out": _("Record rework, repair and the marking of scrap"),
    "ncr.reinspect": _("Re-inspect after rework or repair"),
    "ncr.reopen": _("Reopen a closed nonconformance"),
    "posting.cancel": _("Ask the ERP to cancel a posting"),
    "posting.reverse": _("Reverse a posting"),
    "posting.answer": _("Skip a posting, or record it by signature"),
    "ncr.catalogue": _("Change the defect catalogue"),
    "reason.manage": _("Change the list of reasons for change"),
    "hold.view": _("See holds"),
    "hold.request": _("Request a hold"),
    "hold.release": _("Release a hold"),
    "command.send": _("Instruct the shop floor"),
    "record.comment": _("Comment and attach files"),
    "gauge.view": _("See gauges"),
    "gauge.manage": _("Register and change gauges"),
    "masterdata.view": _("See master data"),
    "masterdata.refresh": _("Ask the ERP for one record as it stands now"),
    "list.export": _("Export lists"),
    "record.export": _("Export records as evidence, with their trail and proofs"),
    "view.share": _("Share views of lists"),
    "interface.view": _("See integrations"),
    "interface.operate": _("Operate integrations"),
    "interface.resolve": _("Resolve messages and differences"),
    "mapping.view": _("See mappings"),
    "mapping.edit": _("Write mappings"),
    "mapping.approve": _("Approve mappings"),
    "import.run": _("Import from another system, and roll an import back"),
    "webhook.view": _("See webhooks and what was sent"),
    "webhook.manage": _("Manage webhooks"),
    "trail.view": _("Read the audit trail"),
    "trail.schedule": _("Set when the trail is verified by itself"),
    "trail_review.view": _("See reviews of the audit trail"),
    "trail_review.manage": _("Plan, do and sign reviews of the audit trail"),
    "review_rule.manage": _("Set what closure and reviews ask for"),
    "access_review.view": _("See reviews of access"),
    "access_review.manage": _("Plan, do and sign reviews of access"),
    "retention.view": _("See how long records are kept"),
    "retention.manage": _("Change how long records are kept"),
    "legal_hold.view": _("See legal holds"),
    "legal_hold.manage": _("Place and lift legal holds"),
    "disposal.view": _("See disposals"),
    "disposal.propose": _("Prepare and propose a disposal"),
    "disposal.approve": _("Approve a disposal that another proposed"),
    "account.view": _("See people, sites and tokens"),
    "account.manage": _("Manage people, sites and tokens"),
    "identity.manage": _("Manage identity providers"),
    "compartment.manage": _("Manage export compartments"),
}

# Token scopes of service accounts → permissions.
SCOPES: dict[str, tuple[str, ...]] = {
    "mes": ("mes.write", "ncr.report", "ncr.view", "masterdata.view"),
    "erp": ("erp.write", "masterdata.view"),
    "read": (
        "ncr.view",
        "hold.view",
        "gauge.view",
        "trail_review.view",
        "access_review.view",
        "legal_hold.view",
        "disposal.view",
        "mapping.view",
        "masterdata.view",
    ),
    "webhooks": ("webhook.view", "webhook.manage"),
    "evidence": ("record.export", "ncr.view", "hold.view", "gauge.view", "trail_review.view", "mapping.view"),
}

SCOPE_WORDS: dict[str, Any] = {
    "mes": _("MES: send defects and measurements, read nonconformances and master data"),
    "erp": _("ERP: send master data and postings, read master data"),
    "read": _("Read only: nonconformances, holds, gauges, reviews, master data"),
    "webhooks": _("Webhooks: subscribe, rotate, replay"),
    "evidence": _("Evidence: export records with their trail and proofs"),
}


def permissions_of(role: str) -> set[str]:
    return {permission for permission, roles in MATRIX.items() if role in roles}


def roles_with(permission: str) -> tuple[str, ...]:
    return MATRIX.get(permission, ())
