"""What became of a second factor, in the words of the mail to its owner: English and Spanish."""

from typing import Final

from services.contract.notices import FactorChange, FactorKind

_ENGLISH: Final = {
    (FactorKind.TOTP, FactorChange.ADDED): "An authenticator app was added to your PACER account.",
    (FactorKind.TOTP, FactorChange.REMOVED): "An authenticator app was removed from your PACER account.",
    (FactorKind.PASSKEY, FactorChange.ADDED): "A passkey was added to your PACER account.",
    (FactorKind.PASSKEY, FactorChange.REMOVED): "A passkey was removed from your PACER account.",
    (FactorKind.PASSKEY, FactorChange.REFUSED): "A passkey of your PACER account was refused: it may have been copied."
    " Remove it and add it again.",
    (FactorKind.BACKUP_CODES, FactorChange.ADDED): "Backup codes were made for your PACER account.",
    (FactorKind.BACKUP_CODES, FactorChange.MADE_ANEW): "New backup codes were made for your PACER account; the former"
    " ones no longer work.",
    (FactorKind.BACKUP_CODES, FactorChange.REMOVED): "The backup codes of your PACER account were removed.",
    (FactorKind.BACKUP_CODES, FactorChange.USED_UP): "The last backup code of your PACER account was used: make new"
    " ones.",
}
_SPANISH: Final = {
    (FactorKind.TOTP, FactorChange.ADDED): "Se agregó una aplicación de autenticación a su cuenta PACER.",
    (FactorKind.TOTP, FactorChange.REMOVED): "Se quitó una aplicación de autenticación de su cuenta PACER.",
    (FactorKind.PASSKEY, FactorChange.ADDED): "Se agregó una llave de acceso a su cuenta PACER.",
    (FactorKind.PASSKEY, FactorChange.REMOVED): "Se quitó una llave de acceso de su cuenta PACER.",
    (FactorKind.PASSKEY, FactorChange.REFUSED): "Se rechazó una llave de acceso de su cuenta PACER: es posible que la"
    " hayan copiado. Quítela y agréguela de nuevo.",
    (FactorKind.BACKUP_CODES, FactorChange.ADDED): "Se crearon códigos de respaldo para su cuenta PACER.",
    (FactorKind.BACKUP_CODES, FactorChange.MADE_ANEW): "Se crearon códigos de respaldo nuevos para su cuenta PACER; los"
    " anteriores ya no sirven.",
    (FactorKind.BACKUP_CODES, FactorChange.REMOVED): "Se quitaron los códigos de respaldo de su cuenta PACER.",
    (FactorKind.BACKUP_CODES, FactorChange.USED_UP): "Se usó el último código de respaldo de su cuenta PACER: cree"
    " otros.",
}
_ELSE: Final = (
    "A way to sign in to your PACER account was changed.",
    "Se cambió una forma de iniciar sesión en su cuenta PACER.",
)


def told(factor: FactorKind, change: FactorChange) -> tuple[str, str]:
    """Return the sentence in English and in Spanish; a general one for what has none of its own."""
    return _ENGLISH.get((factor, change), _ELSE[0]), _SPANISH.get((factor, change), _ELSE[1])
