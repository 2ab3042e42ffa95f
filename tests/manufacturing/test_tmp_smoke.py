from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import client, words
from cellchain.manufacturing import commands


def test_smoke(plant: Plant):
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    c = client(plant)
    for lang in ("en", "ru"):
        c.headers["accept-language"] = lang
        for path in (
            "/manufacturing",
            f"/manufacturing/lots/{lot}",
            f"/manufacturing/bags/{bag}",
            f"/manufacturing/containers/{tube}",
            "/manufacturing/master-records",
            "/manufacturing/master-records/1",
            f"/bench/{lot}",
        ):
            r = c.get(path)
            assert r.status_code == 200, (path, r.text[-2000:])
    print(words(c.get(f"/manufacturing/lots/{lot}").text)[:3000])
