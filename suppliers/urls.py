from django.urls import path

from qms.ui.views import ListView

from . import tables, views

app_name = "suppliers"
urlpatterns = [
    path("suppliers/blocks/", ListView.as_view(spec=tables.SUPPLIER_BLOCKS), name="supplierblock-list"),
    path("suppliers/blocks/new", views.Propose.as_view(), name="supplierblock-create"),
    path("suppliers/blocks/of/<int:pk>", views.Panel.as_view(), name="panel"),
    path("suppliers/blocks/<str:number>", views.Detail.as_view(), name="supplierblock-detail"),
    path("suppliers/blocks/<str:number>/answer", views.Answer.as_view(), name="supplierblock-answer"),
    path("suppliers/blocks/<str:number>/<slug:name>", views.BlockStep.as_view(), name="supplierblock-step"),
]
