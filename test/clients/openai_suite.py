"""The `openai` package from PyPI, with nothing changed but its base URL and key. Reports as report.mjs does."""

import asyncio
import json
import os
import sys
import time
import traceback
import urllib.parse
import urllib.request

import openai
from pydantic import BaseModel

SETTING = json.loads(os.environ["TRUNKLINE_CLIENTS"])
SENTENCE = "The 7:17 leaves from track two at noon."
THOUGHT = "The timetable lists one train."
SCOUT = "meta-llama/llama-4-scout"
COST = 0.00011
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
CASES = {}


class City(BaseModel):
    city: str
    population: int


def case(name):
    def keep(run):
        CASES[name] = run
        return run

    return keep


def connect(key, **options):
    return openai.OpenAI(base_url=SETTING["baseUrl"], api_key=key, max_retries=0, **options)


client = connect(SETTING["key"])
admin = connect(SETTING["managementKey"])


def user(content):
    return [{"role": "user", "content": content}]


def create(model, by=client, content="When does the train leave?", **more):
    return by.chat.completions.create(model=model, messages=user(content), **more)


def get(path, by=client):
    return by.get(path, cast_to=object)


def expect(what, found, expected):
    assert found == expected, f"{what}: expected {expected!r}, found {found!r}"


def expect_that(what, is_so, found):
    assert is_so, f"{what}: found {found!r}"


def expect_usage(usage):
    expect("prompt tokens", usage.prompt_tokens, 100)
    expect("completion tokens", usage.completion_tokens, 10)
    expect("cached tokens", usage.prompt_tokens_details.cached_tokens, 40)
    expect_that(f"a cost of {COST}", abs(usage.cost - COST) < 1e-12, usage.cost)


def failure(kind, run):
    try:
        found = run()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, found {found!r}")


def collect(stream):
    text, reasoning, finish, chunks = "", "", None, []
    for chunk in stream:
        chunks.append(chunk)
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reasoning += getattr(choice.delta, "reasoning", None) or ""
            finish = choice.finish_reason or finish
    return text, reasoning, finish, chunks


@case("chat")
def chat():
    answer = create("acme/talker")
    expect("text", answer.choices[0].message.content, SENTENCE)
    expect("finish reason", answer.choices[0].finish_reason, "stop")
    expect("provider", answer.provider, "Acme")
    expect_usage(answer.usage)


@case("stream")
def stream():
    text, _, finish, chunks = collect(create("acme/talker", stream=True))
    expect("text", text, SENTENCE)
    expect("finish reason", finish, "stop")
    expect_usage(chunks[-1].usage)
    with client.chat.completions.stream(model="acme/talker", messages=user("Hello")) as events:
        whole = events.get_final_completion()
    expect("text by stream()", whole.choices[0].message.content, SENTENCE)

    async def ask_async():
        other = openai.AsyncOpenAI(base_url=SETTING["baseUrl"], api_key=SETTING["key"], max_retries=0)
        async with other:
            pieces = await other.chat.completions.create(model="acme/talker", messages=user("Hello"), stream=True)
            return "".join([c.choices[0].delta.content or "" async for c in pieces if c.choices])

    expect("text, asynchronous", asyncio.run(ask_async()), SENTENCE)


@case("stream-nulls")
def stream_nulls():
    expect("text", create("acme/nulls").choices[0].message.content, SENTENCE)
    expect("text, streamed", collect(create("acme/nulls", stream=True))[0], SENTENCE)


@case("tools")
def tools():
    first = create("acme/talker", content="How warm is it in Paris?", tools=[WEATHER])
    message = first.choices[0].message
    expect("finish reason", first.choices[0].finish_reason, "tool_calls")
    expect("arguments", message.tool_calls[0].function.arguments, '{"city":"Paris"}')
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": json.dumps({"degrees": 21})}
    messages = [*user("How warm is it in Paris?"), message, result]
    second = client.chat.completions.create(model="acme/talker", messages=messages, tools=[WEATHER])
    expect("text", second.choices[0].message.content, "It is 21 degrees.")


@case("tools-streamed")
def tools_streamed():
    deltas = []
    with client.chat.completions.stream(model="acme/talker", messages=user("How warm?"), tools=[WEATHER]) as events:
        for event in events:
            if event.type == "tool_calls.function.arguments.delta":
                deltas.append(event.arguments_delta)
        whole = events.get_final_completion()
    expect("arguments, parsed", whole.choices[0].message.tool_calls[0].function.parsed_arguments, {"city": "Paris"})
    expect("pieces", len([piece for piece in deltas if piece]), 2)


@case("tools-parallel")
def tools_parallel():
    plain = create("acme/talker", content="How warm is it in both?", tools=[WEATHER], parallel_tool_calls=True)
    with client.chat.completions.stream(model="acme/talker", messages=user("In both?"), tools=[WEATHER]) as events:
        streamed = events.get_final_completion()
    for answer in (plain, streamed):
        calls = [call.function.arguments for call in answer.choices[0].message.tool_calls]
        expect("arguments", calls, ['{"city":"Paris"}', '{"city":"Oslo"}'])


@case("structured")
def structured():
    answer = client.chat.completions.parse(model="acme/talker", messages=user("Which city?"), response_format=City)
    expect("parsed", answer.choices[0].message.parsed, City(city="Paris", population=2102650))


@case("reasoning")
def reasoning():
    answer = create("acme/thinker", extra_body={"reasoning": {"effort": "low"}})
    expect("reasoning", answer.choices[0].message.reasoning, THOUGHT)
    text, thought, _, _ = collect(create("acme/thinker", stream=True))
    expect("reasoning, streamed", thought, THOUGHT)
    expect("text, streamed", text, SENTENCE)


@case("mini")
def mini():
    options = {"content": "What are you?", "temperature": 0, "max_tokens": 60}
    answer = create("trunkline/mini", **options)
    text = answer.choices[0].message.content
    expect_that("a text", len(text) > 10, text)
    expect("cost", answer.usage.cost, 0)
    expect("the same text, streamed", collect(create("trunkline/mini", stream=True, **options))[0], text)


@case("image")
def image():
    picture = {"type": "image_url", "image_url": {"url": SETTING["redSquare"]}}
    content = [{"type": "text", "text": "What do you see?"}, picture]
    text = create("trunkline/mini", content=content, temperature=0, max_tokens=40).choices[0].message.content
    expect_that("the colour red", "red" in text.split(), text)


@case("completions")
def completions():
    answer = client.completions.create(model="acme/talker", prompt="When does the train leave?")
    expect("text", answer.choices[0].text, SENTENCE)
    expect_usage(answer.usage)
    pieces = client.completions.create(model="acme/talker", prompt="When does the train leave?", stream=True)
    expect("text, streamed", "".join(c.choices[0].text for c in pieces if c.choices), SENTENCE)


@case("routing")
def routing():
    provider = {"order": ["bravo"], "allow_fallbacks": False}
    expect("provider", create("acme/shared", extra_body={"provider": provider}).provider, "Bravo")
    cheap = create("acme/shared", extra_body={"provider": {"max_price": {"prompt": 5}}})
    expect("provider below a price", cheap.provider, "Acme")


@case("fallback")
def fallback():
    answer = create("acme/broken", extra_body={"models": ["acme/talker"]})
    expect("model", answer.model, "acme/talker")


@case("attribution")
def attribution():
    headers = {"HTTP-Referer": "https://timetable.example", "X-Title": "Timetable"}
    answer = create("acme/talker", extra_headers=headers)
    data = get(f"/generation?id={answer.id}")["data"]
    expect("referer", data["http_referer"], "https://timetable.example")


@case("abort")
def abort():
    tag = "slow, from openai of PyPI"
    pieces = create("acme/slow", content=tag, stream=True)
    for _ in range(3):
        next(pieces)
    pieces.close()
    hung_up_at = time.monotonic()
    address = f"{SETTING['providerOrigin']}/seen?tag={urllib.parse.quote(tag)}"
    while True:
        seen = json.load(urllib.request.urlopen(address))
        expect("requests at the provider", len(seen), 1)
        if "hungUpAfterMs" in seen[0]:
            break
        waited = time.monotonic() - hung_up_at
        expect_that("the provider to see the abort within a second", waited < 1, waited)
        time.sleep(0.01)
    expect("text after the abort", create("acme/talker").choices[0].message.content, SENTENCE)


@case("models")
def models():
    found = {model.id: model for model in client.models.list()}
    expect_that("at least 300 models", len(found) >= 300, len(found))
    expect_that("Scout among them", SCOUT in found, len(found))


@case("model")
def model():
    expect("id", get(f"/model/{SCOUT}")["data"]["id"], SCOUT)


@case("retrieve")
def retrieve():
    expect("id", client.models.retrieve(SCOUT).id, SCOUT)
    failure(openai.NotFoundError, lambda: client.models.retrieve("meta-llama/llama-4-scot"))


@case("endpoints")
def endpoints():
    data = get("/models/acme/shared/endpoints")["data"]
    expect("providers", sorted(e["provider_name"] for e in data["endpoints"]), ["Acme", "Bravo"])


@case("count")
def count():
    data = get("/models/count")["data"]
    expect_that("at least 300", data["count"] >= 300, data)


@case("providers")
def providers():
    data = get("/providers")["data"]
    expect_that("at least 60 and Acme", len(data) >= 60 and any(p["slug"] == "acme" for p in data), len(data))


@case("key")
def key():
    expect("limit", get("/key")["data"]["limit"], None)
    expect("limit of the poor key", get("/key", connect(SETTING["poorKey"]))["data"]["limit"], 0.000001)


@case("credits")
def credits_():
    data = get("/credits", admin)["data"]
    expect_that("credits", data["total_credits"] > 0 and data["total_usage"] >= 0, data)


@case("generation")
def generation():
    answer = create("acme/talker")
    data = get(f"/generation?id={answer.id}")["data"]
    expect("cost", data["total_cost"], answer.usage.cost)
    chunks = collect(create("acme/talker", stream=True))[3]
    later = get(f"/generation?id={chunks[0].id}")["data"]
    expect("cost, streamed", later["total_cost"], chunks[-1].usage.cost)


@case("keys")
def keys():
    made = admin.post("/keys", cast_to=object, body={"name": "made by openai of PyPI"})
    address = f"/keys/{made['data']['hash']}"
    answer = create("acme/talker", by=connect(made["key"]))
    expect("text for the new key", answer.choices[0].message.content, SENTENCE)
    changed = admin.patch(address, cast_to=object, body={"name": "renamed", "disabled": True})
    expect("disabled", changed["data"]["disabled"], True)
    failure(openai.AuthenticationError, lambda: create("acme/talker", by=connect(made["key"])))
    expect("name, read", get(address, admin)["data"]["name"], "renamed")
    expect("deleted", admin.delete(address, cast_to=object)["deleted"], True)
    failure(openai.NotFoundError, lambda: get(address, admin))


@case("error-401")
def error_401():
    error = failure(openai.AuthenticationError, lambda: create("acme/talker", by=connect("sk-or-v1-" + "0" * 64)))
    expect("status", error.status_code, 401)


@case("error-400")
def error_400():
    error = failure(openai.BadRequestError, lambda: create("meta-llama/llama-4-scot"))
    expect_that("a near match", SCOUT in error.message, error.message)


@case("error-404")
def error_404():
    error = failure(openai.NotFoundError, lambda: create(SCOUT))
    named = any(name in error.message for name in ("GROQ_API_KEY", "DEEPINFRA_"))
    expect_that("a message that names GROQ_API_KEY or DEEPINFRA_API_KEY", named, error.message)


@case("error-402")
def error_402():
    error = failure(openai.APIStatusError, lambda: create("acme/talker", by=connect(SETTING["poorKey"])))
    expect("status", error.status_code, 402)


@case("error-429")
def error_429():
    error = failure(openai.RateLimitError, lambda: create("acme/limited"))
    wait = float(error.response.headers["retry-after"])
    expect_that("Retry-After of a second", wait == 1, wait)


@case("retry")
def retry():
    patient = openai.OpenAI(base_url=SETTING["baseUrl"], api_key=SETTING["key"], max_retries=3)
    answer = create("acme/moody-pypi", by=patient, content="moody, from openai of PyPI")
    expect("text", answer.choices[0].message.content, SENTENCE)


@case("error-503")
def error_503():
    expect("status", failure(openai.InternalServerError, lambda: create("acme/broken")).status_code, 503)


@case("error-cut")
def error_cut():
    text = ""

    def read():
        nonlocal text
        for chunk in create("acme/cut", stream=True):
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""

    failure(openai.APIError, read)
    expect("text before it", text, "The 7:17 leaves")
    expect("status, not streamed", failure(openai.APIStatusError, lambda: create("acme/cut")).status_code, 503)


def place_of(error):
    here = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == __file__]
    return f"openai_suite.py:{here[0 if len(here) < 2 else 1].lineno}" if here else ""


for name, run in CASES.items():
    started_at = time.monotonic()
    line = {"name": name, "result": "pass"}
    try:
        run()
    except Exception as error:
        line.update(result="fail", detail=f"{type(error).__name__}: {str(error)[:600]} ({place_of(error)})")
    print(json.dumps({**line, "ms": (time.monotonic() - started_at) * 1000}), flush=True)
sys.exit(0)
