"""Manages models of a running platform by MLflow's own client, unmodified; one line a check, and at the end how many passed and failed."""

import hashlib
import os
import sys

endpoint, developer, stranger, digest = sys.argv[1:5]
os.environ.update(MLFLOW_TRACKING_URI=endpoint, MLFLOW_TRACKING_TOKEN=developer, MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import mlflow  # noqa: E402
from mlflow.exceptions import MlflowException, RestException  # noqa: E402
from checks import check, finish  # noqa: E402

client = mlflow.MlflowClient()


def refused(code, work):
    try:
        work()
    except RestException as error:
        assert error.error_code == code, error
        return
    raise AssertionError("it was not refused")


@check("create_registered_model, get_registered_model and update_registered_model")
def _():
    made = client.create_registered_model("made", tags={"task": "text", "small": ""}, description="First")
    assert (made.name, made.description, made.tags) == ("made", "First", {"task": "text", "small": ""}), made
    client.update_registered_model("made", description="Second")
    assert client.get_registered_model("made").description == "Second"
    assert client.get_registered_model("made").creation_timestamp <= client.get_registered_model("made").last_updated_timestamp
    refused("RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model("made"))
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model("none"))


@check("set_registered_model_tag and delete_registered_model_tag")
def _():
    client.set_registered_model_tag("made", "task", "speech")
    client.set_registered_model_tag("made", "stage", "trial")
    client.delete_registered_model_tag("made", "small")
    assert client.get_registered_model("made").tags == {"task": "speech", "stage": "trial"}


@check("get_model_version tells the state, the source and the notes")
def _():
    version = client.get_model_version("pushed", "1")
    assert (version.name, str(version.version), version.status, version.current_stage) == ("pushed", "1", "READY", "None"), version
    client.update_model_version("pushed", "1", description="The first")
    client.set_model_version_tag("pushed", "1", "accuracy", "0.9")
    client.set_model_version_tag("pushed", "1", "gone", "x")
    client.delete_model_version_tag("pushed", "1", "gone")
    version = client.get_model_version("pushed", "1")
    assert (version.description, version.tags) == ("The first", {"accuracy": "0.9"}), version
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version("pushed", "99"))


@check("aliases are set, moved, resolved and removed")
def _():
    client.set_registered_model_alias("pushed", "champion", "1")
    assert str(client.get_model_version_by_alias("pushed", "champion").version) == "1"
    client.set_registered_model_alias("pushed", "champion", "2")
    assert str(client.get_model_version_by_alias("pushed", "champion").version) == "2"
    assert client.get_registered_model("pushed").aliases == {"champion": "2"}
    assert client.get_model_version("pushed", "2").aliases == ["champion"]
    client.delete_registered_model_alias("pushed", "champion")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version_by_alias("pushed", "champion"))
    client.set_registered_model_alias("pushed", "champion", "2")


@check("create_model_version and copy_model_version make versions of versions")
def _():
    made = client.create_model_version("made", "models:/pushed/1", tags={"from": "pushed"}, description="A copy")
    assert (made.name, str(made.version), made.tags) == ("made", "1", {"from": "pushed"}), made
    copied = client.copy_model_version("models:/pushed@champion", "made")
    assert str(copied.version) == "2", copied
    assert client.copy_model_version("models:/pushed/1", "copied").name == "copied"
    refused("INVALID_PARAMETER_VALUE", lambda: client.create_model_version("made", "s3://bucket/model"))


@check("search_registered_models by name, tags, order and pages")
def _():
    def names(*args, **kwargs):
        return [model.name for model in client.search_registered_models(*args, **kwargs)]

    assert names() == ["copied", "made", "pushed"], names()
    assert names("name LIKE 'pu%'") == ["pushed"]
    assert names("name ILIKE 'PUSHED'") == ["pushed"]
    assert names("tags.task = 'speech' AND name != 'pushed'") == ["made"]
    assert names(order_by=["name DESC"]) == ["pushed", "made", "copied"]
    assert names(order_by=["last_updated_timestamp DESC", "name ASC"])[0] == "copied"
    first = client.search_registered_models(max_results=2)
    assert len(first) == 2 and first.token
    assert names(max_results=2, page_token=first.token) == ["pushed"]
    refused("INVALID_PARAMETER_VALUE", lambda: names("name = 'a' OR name = 'b'"))


@check("search_model_versions by name, number, tags and run")
def _():
    def found(*args, **kwargs):
        return sorted((version.name, int(version.version)) for version in client.search_model_versions(*args, **kwargs))

    assert found("name='pushed'") == [("pushed", 1), ("pushed", 2)]
    assert found("name = 'pushed' and version_number > 1") == [("pushed", 2)]
    assert found("tags.accuracy = '0.9'") == [("copied", 1), ("pushed", 1)]
    assert found("run_id = 'x'") == []
    assert len(found()) == 5, found()
    assert [int(version.version) for version in client.search_model_versions("name='pushed'", order_by=["version_number DESC"])] == [2, 1]


@check("get_latest_versions")
def _():
    assert [str(version.version) for version in client.get_latest_versions("pushed")] == ["2"]


@check("download_artifacts brings the files of a version and of an alias, whole")
def _():
    for uri in ("models:/pushed/1", "models:/pushed@first"):
        client.set_registered_model_alias("pushed", "first", "1")
        folder = mlflow.artifacts.download_artifacts(artifact_uri=uri)
        with open(os.path.join(folder, "model.onnx"), "rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() == digest, uri
    assert client.get_model_version_download_uri("pushed", "1")


@check("delete_model_version and delete_registered_model put away")
def _():
    client.delete_model_version("made", "2")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version("made", "2"))
    client.delete_registered_model("made")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model("made"))
    assert [model.name for model in client.search_registered_models("name = 'made'")] == []


@check("names with a namespace are read and changed")
def _():
    assert client.get_registered_model("default/pushed").name == "pushed"
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.create_registered_model("strangers/x"))


@check("what is not kept here is refused: stages and other names")
def _():
    refused("INVALID_PARAMETER_VALUE", lambda: client.rename_registered_model("pushed", "other"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.transition_model_version_stage("pushed", "1", "Production"))


@check("a stranger learns nothing, a wrong key is told so")
def _():
    os.environ["MLFLOW_TRACKING_TOKEN"] = stranger
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model("pushed"))
    assert list(client.search_registered_models()) == [] and list(client.search_model_versions()) == []
    os.environ["MLFLOW_TRACKING_TOKEN"] = "wrong"
    try:
        client.get_registered_model("pushed")
    except MlflowException as error:
        assert "key" in str(error).lower(), error
    else:
        raise AssertionError("it was not refused")


finish()
