"""Asks a running platform by NVIDIA's own client, unmodified; one line a check, and at the end how many passed and failed."""

import os
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))
from checks import check, finish  # noqa: E402

host = sys.argv[1]
client = http.InferenceServerClient(url=host, concurrency=8)

NUMPY = {
    "BOOL": np.bool_, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
    "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "FP16": np.float16, "FP32": np.float32, "FP64": np.float64,
}


def tensor(name, datatype, values, binary):
    made = http.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def pair(values, **options):
    return client.infer("default/pair", [tensor("x", "FP32", values, True)], **options)


def refused(work, part):
    try:
        work()
    except InferenceServerException as error:
        assert part in str(error.message()), error
        return
    raise AssertionError("it was not refused")


def values_of(datatype):
    if datatype == "BYTES":
        return np.array(["", "text", "äß😀".encode()], dtype=np.object_)
    if datatype == "BOOL":
        return np.array([True, False, True])
    if datatype.startswith("FP"):
        return np.array([0.5, -2, 3], dtype=NUMPY[datatype])
    limits = np.iinfo(NUMPY[datatype])
    return np.array([limits.min, 1, limits.max], dtype=NUMPY[datatype])


def as_bytes(values):
    return [value if isinstance(value, bytes) else str(value).encode() for value in values.flatten()]


@check("tells that the server lives and is ready")
def _():
    assert client.is_server_live() and client.is_server_ready()


@check("tells of the server")
def _():
    metadata = client.get_server_metadata()
    assert metadata["name"] == "modelgraph" and "binary_tensor_data" in metadata["extensions"], metadata


@check("tells that a model is ready, by version and by alias, and that another is not")
def _():
    assert client.is_model_ready("default/pair") and client.is_model_ready("default/pair", "1") and client.is_model_ready("default/pair", "best")
    assert not client.is_model_ready("default/pair", "2") and not client.is_model_ready("default/none")


@check("tells of a model")
def _():
    metadata = client.get_model_metadata("default/pair")
    assert metadata["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}], metadata
    assert metadata["versions"] == ["1"], metadata


for datatype in [*NUMPY, "BYTES"]:
    for binary_in in (True, False):
        for binary_out in (True, False):

            @check(f"carries {datatype}, in as {'bytes' if binary_in else 'JSON'}, out as {'bytes' if binary_out else 'JSON'}")
            def _(datatype=datatype, binary_in=binary_in, binary_out=binary_out):
                given = values_of(datatype)
                # The client itself writes no half floats as JSON.
                sent = tensor("x", datatype, given, binary_in or datatype == "FP16")
                wanted = [http.InferRequestedOutput("y", binary_data=binary_out or datatype == "FP16")]
                found = client.infer(f"default/of-{datatype.lower()}", [sent], outputs=wanted).as_numpy("y")
                if datatype == "BYTES":
                    assert as_bytes(found) == as_bytes(given), found
                else:
                    assert found.dtype == given.dtype and np.array_equal(found, given), found


@check("takes two inputs and gives what they add up to")
def _():
    one, other = np.array([[1, 2]], dtype=np.float32), np.array([[10, 20]], dtype=np.float32)
    answer = client.infer("default/add", [tensor("a", "FP32", one, True), tensor("b", "FP32", other, False)])
    assert np.array_equal(answer.as_numpy("sum"), one + other)


@check("echoes the id and names the version")
def _():
    response = pair(np.ones((1, 2), dtype=np.float32), request_id="mine", model_version="1").get_response()
    assert (response["id"], response["model_version"], response["model_name"]) == ("mine", "1", "default/pair"), response


@check("gives every output as bytes where none is named")
def _():
    assert "parameters" in pair(np.ones((1, 2), dtype=np.float32)).get_response()["outputs"][0]


@check("keeps NaN, infinity and the sign of zero, bit for bit")
def _():
    given = np.array([[np.nan, np.inf], [-np.inf, -0.0]], dtype=np.float32)
    assert pair(given).as_numpy("y").tobytes() == given.tobytes()


@check("carries four megabytes")
def _():
    given = np.arange(1_000_000, dtype=np.float32).reshape(-1, 2)
    assert np.array_equal(pair(given).as_numpy("y"), given)


@check("carries an empty batch")
def _():
    assert pair(np.zeros((0, 2), dtype=np.float32)).as_numpy("y").shape == (0, 2)


@check("gives the best classes in place of scores")
def _():
    wanted = [http.InferRequestedOutput("y", class_count=1)]
    found = pair(np.array([[0.25, 0.75], [3.5, 2]], dtype=np.float32), outputs=wanted).as_numpy("y")
    assert as_bytes(found) == [b"0.750000:1", b"3.500000:0"], found


@check("answers 32 calls at a time, each with its own")
def _():
    asked = [client.async_infer("default/pair", [tensor("x", "FP32", np.full((1, 2), number, dtype=np.float32), True)]) for number in range(32)]
    for number, answer in enumerate(asked):
        assert np.array_equal(answer.get_result().as_numpy("y"), np.full((1, 2), number, dtype=np.float32))


@check("ends a call whose time is over, counted in microseconds")
def _():
    refused(lambda: client.infer("default/endless", [tensor("x", "FP32", np.array(0, dtype=np.float32).reshape([]), True)], timeout=200_000), "was ended")


@check("tells what was answered and what failed")
def _():
    stats = client.get_inference_statistics("default/endless")["model_stats"][0]
    assert stats["inference_stats"]["fail"]["count"] == 1, stats
    assert client.get_inference_statistics("default/pair")["model_stats"][0]["inference_count"] > 30
    assert len(client.get_inference_statistics()["model_stats"]) > 10


@check("lists the repository, takes a model out of service and puts it back")
def _():
    assert any(model["name"] == "default/add" and model["state"] == "READY" for model in client.get_model_repository_index())
    client.unload_model("default/add")
    assert not client.is_model_ready("default/add")
    client.load_model("default/add")
    assert client.is_model_ready("default/add")


@check("refuses a load that brings a configuration")
def _():
    refused(lambda: client.load_model("default/add", config="{}"), "without files and configuration")


for title, part, work in [
    ("a model that is not there", "no deployment", lambda: client.infer("default/none", [tensor("x", "FP32", np.ones((1, 2), dtype=np.float32), True)])),
    ("a version that is not served", "serves version 1", lambda: pair(np.ones((1, 2), dtype=np.float32), model_version="7")),
    ("another datatype", "was expected as FP32", lambda: client.infer("default/pair", [tensor("x", "INT32", np.ones((1, 2), dtype=np.int32), True)])),
    ("another shape", "dimension 1 must be 2", lambda: pair(np.ones((1, 3), dtype=np.float32))),
    ("another input", 'Input "x" is missing', lambda: client.infer("default/pair", [tensor("z", "FP32", np.ones((1, 2), dtype=np.float32), True)])),
    ("another output", "no output", lambda: pair(np.ones((1, 2), dtype=np.float32), outputs=[http.InferRequestedOutput("z")])),
    ("a sequence", "sequences are not served", lambda: pair(np.ones((1, 2), dtype=np.float32), sequence_id=7, sequence_start=True)),
]:

    @check(f"refuses {title}, in words")
    def _(part=part, work=work):
        refused(work, part)


client.close()
finish()
