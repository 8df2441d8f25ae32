"""Reading an export of the format `pyg`: as numpy arrays, or as PyTorch Geometric's HeteroData. No Spark, no pickle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from marketgraph.exports.manifest import NOTHING, EdgeEntry, NodeEntry, read_manifest, verify

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

Array = npt.NDArray[Any]
Triple = tuple[str, str, str]
_ATTRIBUTES = ("weight", "evidence_count", "recency", "rarity")
_MASKS = ("train_mask", "val_mask", "test_mask")


@dataclass(frozen=True)
class Nodes:
    """The nodes of one kind, row n of every array for node n.

    vertex_id: the stable id (int64). community: label of its community. x: features in the order of `features`, 0
    where the table has null. x_null: where it has null (bool). y: label, NOTHING where there is none; train_mask,
    val_mask, test_mask: which split a labelled node is of. y and the masks are None without a training table.
    """

    features: tuple[str, ...]
    vertex_id: Array
    community: Array
    x: Array
    x_null: Array
    y: Array | None = None
    train_mask: Array | None = None
    val_mask: Array | None = None
    test_mask: Array | None = None


@dataclass(frozen=True)
class Edges:
    """The edges of one type. edge_index: (2, edges), indices of nodes of the source and the destination kind (int64).

    edge_attr: (edges, 4): weight, evidence_count, recency, rarity. first_seen, last_seen: seconds since 1970 (int64),
    NOTHING before the data.
    """

    edge_index: Array
    edge_attr: Array
    first_seen: Array
    last_seen: Array


@dataclass(frozen=True)
class Arrays:
    """A release's graph in memory. Kinds without nodes and types without edges are left out."""

    release: str
    nodes: dict[str, Nodes]
    edges: dict[Triple, Edges]


def load_arrays(
    folder: str | Path, *, dtype: npt.DTypeLike = np.float32, check_files: bool = False
) -> Arrays:
    """Read the export in a local `folder`. dtype: of x and edge_attr. check_files: hash every file first.

    Raises SourceError when the folder has no export of format pyg, or, checked, a file is not as it was exported.
    """
    told = read_manifest(folder, format="pyg")
    if check_files:
        verify(folder)
    root = Path(folder)
    nodes = {entry.kind: _nodes(root, entry, dtype) for entry in told.nodes if entry.nodes}
    edges = {entry.triple: _edges(root, entry, dtype) for entry in told.edges if entry.edges}
    return Arrays(told.release, nodes, edges)


def load_hetero(
    folder: str | Path, *, dtype: npt.DTypeLike = np.float32, check_files: bool = False
) -> HeteroData:
    """The same as a HeteroData: data["merchant"].x, data["buyer", "bought_product", "product"].edge_index, …

    Arrays have the names of `Nodes` and `Edges`; data.release is the release's id, data.features the names of
    each kind's features. A pair of one kind is there once:
    torch_geometric.transforms.ToUndirected adds the other direction. Raises ImportError without torch_geometric.
    """
    try:
        import torch
        from torch_geometric.data import HeteroData
    except ImportError as error:
        raise ImportError(
            'load_hetero needs torch and torch_geometric: pip install "marketgraph[pyg]"'
        ) from error
    arrays = load_arrays(folder, dtype=dtype, check_files=check_files)
    data = HeteroData()
    data.release = arrays.release
    for key, held in [*arrays.nodes.items(), *arrays.edges.items()]:
        for name, value in vars(held).items():
            if isinstance(value, np.ndarray):
                data[key][name] = torch.from_numpy(value)
    for kind, nodes in arrays.nodes.items():
        data[kind].num_nodes = len(nodes.vertex_id)
    # not in the kinds' own stores: samplers take a list as long as there are nodes for one value per node
    data.features = {kind: list(nodes.features) for kind, nodes in arrays.nodes.items()}
    return data


def _nodes(root: Path, entry: NodeEntry, dtype: npt.DTypeLike) -> Nodes:
    rows = _table(root, entry.files)
    names = tuple(feature.name for feature in entry.features)
    x = np.zeros((entry.nodes, len(names)), dtype=dtype)
    x_null = np.zeros(x.shape, dtype=bool)
    for place, name in enumerate(names):
        column = rows.column(name)
        x_null[:, place] = column.is_null().to_numpy()
        x[:, place] = column.fill_null(0).to_numpy()
    community = _filled(rows, "community") if "community" in rows.column_names else _none(entry.nodes)
    labels = {}
    if entry.labelled is not None:
        labels = {"y": _filled(rows, "label"), **{mask: _plain(rows, mask) for mask in _MASKS}}
    return Nodes(names, _plain(rows, "vertex_id"), community, x, x_null, **labels)


def _edges(root: Path, entry: EdgeEntry, dtype: npt.DTypeLike) -> Edges:
    rows = _table(root, entry.files)
    index = np.stack([_plain(rows, "src"), _plain(rows, "dst")])
    attributes = np.stack(
        [_plain(rows, name) for name in _ATTRIBUTES], axis=1, dtype=dtype, casting="same_kind"
    )
    return Edges(index, attributes, _filled(rows, "first_seen"), _filled(rows, "last_seen"))


def _table(root: Path, files: tuple[str, ...]) -> pa.Table:
    # the manifest's order of parts is the order of the rows
    return pa.concat_tables([pq.read_table(root / name, partitioning=None) for name in files])


def _plain(rows: pa.Table, name: str) -> Array:
    column: Array = rows.column(name).to_numpy()
    return np.array(column)  # a copy that may be written to, as torch wants it


def _filled(rows: pa.Table, name: str) -> Array:
    return np.array(rows.column(name).cast(pa.int64()).fill_null(NOTHING).to_numpy())


def _none(nodes: int) -> Array:
    return np.full(nodes, NOTHING, dtype=np.int64)
