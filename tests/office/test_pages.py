from django.urls import reverse
import pytest

pytestmark = pytest.mark.django_db
URLS = ["people", "person-create", "roles", "settings", "sites", "site-create", "services", "service-create", "trail"]


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("who", ["security", "admin", "auditor"])
def test_smoke(client, people, name, who):
    client.force_login(people[who])
    a = client.get(reverse("office:" + name))
    print(name, who, a.status_code, len(a.content))


def test_person(client, people):
    client.force_login(people["admin"])
    for u in ["engineer", "admin"]:
        assert client.get(people[u].get_absolute_url()).status_code == 200
    for n in ["grant", "password-set", "deactivate"]:
        assert client.get(reverse("office:" + n, args=["engineer"])).status_code == 200
