"""REST of supplier blocks: the same acts as the buttons."""

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody

from . import actions, serializers, tables
from .models import SupplierBlock
from .workflow import PROPOSE

BODIES = {"answer": serializers.AnswerBody}
SUPPLIER_BLOCKS = RecordApi(
    name="supplier-blocks",
    model=SupplierBlock,
    listing=tables.SUPPLIER_BLOCKS,
    detail=serializers.SupplierBlockShown,
    related=("site", "supplier", "item", "ncr", "owner", "blocked_by", "lifted_by"),
    create=Step(actions.propose, serializers.ProposeBody, permission=PROPOSE),
    steps={name: Step(act, BODIES.get(name, NoBody)) for name, act in actions.SUPPLIERBLOCK_STEPS.items()},
)

urlpatterns = SUPPLIER_BLOCKS.urls()
