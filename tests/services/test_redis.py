import pytest
import redis

from tests.services.redis import RedisServer


@pytest.mark.parametrize("turn", [1, 2])
def test_it_is_empty_at_the_start_of_every_test(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left over", turn)


def test_it_has_the_settings_that_lose_nothing(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_what_was_written_survives_a_kill(redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.xadd("wake", {"seq": 1})
    redis_server.kill()
    redis_server.restart()
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.xlen("wake") == 1
