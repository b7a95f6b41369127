"""Packs of code maps as the deliveries apply them."""

from dataclasses import dataclass

from tongchou.core.hashing import hash_text
from tongchou.intake.code_maps.applying import MappedBatch, apply_code_maps
from tongchou.intake.code_maps.code_map import CodeMap
from tongchou.intake.documents.document_batch import DocumentBatch


@dataclass(frozen=True, slots=True)
class PackMaps:
    """The maps of some packs.

    Attributes:
        maps: The maps.
    """

    maps: tuple[CodeMap, ...]

    @property
    def fingerprint(self) -> str:
        """The hash of the maps."""
        return hash_text(*(f"{each.map_id} {each.pairs.write_csv()}" for each in self.maps))

    def mapped(self, batch: DocumentBatch) -> MappedBatch:
        """Return documents with the codes that the maps lead to; what no map knows stays as it is and is told."""
        return apply_code_maps(batch, self.maps)
