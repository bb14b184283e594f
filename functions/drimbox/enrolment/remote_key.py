"""A private key that stays in its store: certificates are built here and signed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Callable


class RemoteKey(ec.EllipticCurvePrivateKey):
    """A key of the curve P-256. ``signed`` gives the signature (ECDSA with SHA-256, DER) of the
    bytes that it is given, which it hashes itself.
    """

    def __init__(self, public: ec.EllipticCurvePublicKey, signed: Callable[[bytes], bytes]) -> None:
        self._public = public
        self._signed = signed

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """The store's signature; ValueError for another digest than SHA-256."""
        if not isinstance(signature_algorithm.algorithm, hashes.SHA256):
            raise ValueError("this key signs with SHA-256 alone")  # noqa: TRY004 a wrong wish
        return self._signed(bytes(data))

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The key that verifies."""
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        """That of the public key."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """In bits."""
        return self._public.key_size

    def exchange(self, *_: Any) -> NoReturn:
        """The store does not agree on keys."""
        raise self._refused()

    def private_numbers(self) -> NoReturn:
        """The store gives its key to nobody."""
        raise self._refused()

    def private_bytes(self, *_: Any) -> NoReturn:
        """The store gives its key to nobody."""
        raise self._refused()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> Self:
        return self

    @staticmethod
    def _refused() -> Exception:
        return NotImplementedError("the key stays in its store")
