"""Reads models from a running platform by huggingface_hub, unmodified; one line a check, and at the end how many passed and failed."""

import hashlib
import os
import shutil
import sys
import tempfile

endpoint, token, commit, size = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
home = tempfile.mkdtemp(prefix="modelgraph-hub-")
os.environ.update(HF_ENDPOINT=endpoint, HF_TOKEN=token, HF_HOME=home, HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import httpx2  # noqa: E402
from huggingface_hub import HfApi, hf_hub_download, set_client_factory, snapshot_download  # noqa: E402
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError  # noqa: E402
from checks import check, finish  # noqa: E402

api = HfApi()


def refused(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


@check("whoami is the holder of the key")
def _():
    assert api.whoami()["name"] == "verifier"


@check("model_info tells the commit, the tags and the files")
def _():
    info = api.model_info("default/tiny", files_metadata=True)
    files = {file.rfilename: file for file in info.siblings}
    assert (info.id, info.sha, info.tags, info.private) == ("default/tiny", commit, ["tiny"], True), info
    assert files["model.onnx"].size == size and files["model.onnx"].lfs.size == size, files
    assert files["config.json"].lfs is None


@check("model_info of a version, an alias, a branch and a commit")
def _():
    shas = {revision: api.model_info("default/tiny", revision=revision).sha for revision in ["v1", "production", "feature/x", commit]}
    assert set(shas.values()) == {commit}, shas


@check("list_models by author, search and filter, over pages")
def _():
    assert {model.id for model in api.list_models(author="default")} == {"default/tiny", "default/other", "default/third"}
    assert [model.id for model in api.list_models(filter="tiny")] == ["default/tiny"]
    assert [model.id for model in api.list_models(search="oth")] == ["default/other"]
    assert len(list(api.list_models(limit=2))) == 2
    assert list(api.list_models(author="nobody")) == []


@check("list_models with all that is known of each")
def _():
    [model] = api.list_models(filter="tiny", full=True)
    assert model.sha == commit and "model.onnx" in {file.rfilename for file in model.siblings}


@check("list_repo_tree, list_repo_files and list_repo_refs")
def _():
    assert "deep/er/file.txt" in api.list_repo_files("default/tiny")
    assert {entry.path for entry in api.list_repo_tree("default/tiny", "deep")} == {"deep/er"}
    refs = api.list_repo_refs("default/tiny")
    assert {ref.name for ref in refs.branches} == {"main", "feature/x"} and [ref.name for ref in refs.tags] == ["v1"], refs


@check("snapshot_download brings every file, whole")
def _():
    folder = snapshot_download("default/tiny")
    assert os.path.basename(folder) == commit
    assert os.path.getsize(os.path.join(folder, "model.onnx")) == size
    lfs = api.model_info("default/tiny", files_metadata=True).siblings
    assert digest(os.path.join(folder, "model.onnx")) == next(file.lfs.sha256 for file in lfs if file.rfilename == "model.onnx")
    assert open(os.path.join(folder, "deep/er/file.txt")).read() == "deep\n"


@check("snapshot_download takes patterns, into a folder of one's own")
def _():
    folder = tempfile.mkdtemp(dir=home)
    snapshot_download("default/tiny", revision="production", local_dir=folder, allow_patterns=["*.json"])
    assert sorted(name for name in os.listdir(folder) if not name.startswith(".")) == ["config.json", "tokenizer.json"]


class CutStream(httpx2.SyncByteStream):
    """Stalls as a network does, after so many bytes, until the client gives up."""

    def __init__(self, stream, left):
        self.stream, self.left = stream, left

    def __iter__(self):
        for part in self.stream:
            self.left -= len(part)
            if self.left < 0:
                raise httpx2.ReadTimeout("cut")
            yield part

    def close(self):
        self.stream.close()


class CutOnce(httpx2.HTTPTransport):
    ranges = []

    def handle_request(self, request):
        response = super().handle_request(request)
        if request.method == "GET" and "/resolve/" in str(request.url):
            self.ranges.append(request.headers.get("range"))
            if len(self.ranges) == 1:
                response.stream = CutStream(response.stream, 15_000_000)
        return response


@check("hf_hub_download goes on where it was cut off")
def _():
    want = digest(hf_hub_download("default/tiny", "model.onnx"))
    shutil.rmtree(os.path.join(home, "hub"))
    set_client_factory(lambda: httpx2.Client(transport=CutOnce(), follow_redirects=True, timeout=None))
    try:
        assert digest(hf_hub_download("default/tiny", "model.onnx")) == want
    finally:
        set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=None))
    assert len(CutOnce.ranges) == 2 and CutOnce.ranges[1].startswith("bytes="), CutOnce.ranges


@check("a second hf_hub_download downloads nothing")
def _():
    path = hf_hub_download("default/tiny", "config.json")
    before = os.stat(os.path.realpath(path)).st_mtime_ns
    assert os.stat(os.path.realpath(hf_hub_download("default/tiny", "config.json"))).st_mtime_ns == before


@check("file_exists, revision_exists and repo_exists")
def _():
    assert api.file_exists("default/tiny", "config.json") and not api.file_exists("default/tiny", "none.json")
    assert api.revision_exists("default/tiny", "v1") and not api.revision_exists("default/tiny", "v9")
    assert api.repo_exists("default/tiny") and not api.repo_exists("default/none")


@check("refusals are the client's own errors")
def _():
    refused(RepositoryNotFoundError, lambda: api.model_info("default/none"))
    refused(RepositoryNotFoundError, lambda: api.model_info("strangers/secret"))
    refused(RepositoryNotFoundError, lambda: hf_hub_download("strangers/secret", "model.onnx"))
    refused(RevisionNotFoundError, lambda: api.model_info("default/tiny", revision="v9"))
    refused(EntryNotFoundError, lambda: hf_hub_download("default/tiny", "none.json"))
    error = refused(HfHubHTTPError, lambda: HfApi(token="wrong").model_info("default/tiny"))
    assert error.response.status_code == 401 and "Invalid credentials" in str(error), error


@check("nothing can be written")
def _():
    refused(HfHubHTTPError, lambda: api.create_repo("default/new"))
    refused(HfHubHTTPError, lambda: api.delete_repo("default/tiny"))


shutil.rmtree(home)
finish()
