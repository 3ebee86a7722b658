from typing import Any

from django.urls import include, path
from rest_framework import routers, serializers, viewsets

from qms import urls as product

from . import models


class BareSerializer(serializers.ModelSerializer[models.Bare]):
    class Meta:
        model = models.Bare
        fields = "__all__"


class BareViewSet(viewsets.ModelViewSet[models.Bare]):
    """As the framework's own tutorial writes it; authentication, permission, renderer and middleware are the product's."""

    permission = "mes.write"
    queryset: Any = models.Bare._default_manager.all()
    serializer_class = BareSerializer


router = routers.SimpleRouter()
router.register("bare", BareViewSet)
urlpatterns = [path("api/v1/", include(router.urls)), *product.urlpatterns]
