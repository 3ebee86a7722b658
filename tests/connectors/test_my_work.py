"""What My work shows of the interfaces, to those who see them."""

from connectors import actions
from qms.insight import worklist


def test_an_interface_in_trouble_is_told_beside_the_queue(interface, people, client):
    assert worklist.alerts(people["integration"]) == []
    actions.pause(interface=interface, by=people["integration"], reason="maintenance of the ERP")
    (alert,) = worklist.alerts(people["integration"])
    assert alert.label == "ERP" and "paused" in alert.text
    assert worklist.alerts(people["operator"]) == worklist.alerts(people["gongcheng"]) == []
    client.force_login(people["integration"])
    assert "ERP paused" in client.get("/").content.decode()
