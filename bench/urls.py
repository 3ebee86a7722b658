from typing import Any

from django.urls import include, path
from rest_framework import routers, serializers, viewsets

from qms import urls as product

from .models import Bare


class BareSerializer(serializers.ModelSerializer[Bare]):
    class Meta:
        model = Bare
        fields = "__all__"


class BareViewSet(viewsets.ModelViewSet[Bare]):
    """As the framework's own tutorial writes it; authentication, permission, renderer and middleware are the product's."""

    permission = "mes.write"
    queryset: Any = Bare.objects.all()
    serializer_class = BareSerializer


router = routers.SimpleRouter()
router.register("bare", BareViewSet)
urlpatterns = [path("api/v1/", include(router.urls)), *product.urlpatterns]
