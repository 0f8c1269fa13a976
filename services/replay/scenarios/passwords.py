"""The passwords of all invented people, and ready hashes of them: Argon2id with auth's parameters, made once.

They open rehearsal accounts and nothing else, and stand in the documentation. The same hashes in every file keep its
bytes the same, and a million accounts need not be hashed.
"""

from typing import Final

PACER_PASSWORD: Final = "Open-Sesame-for-Rehearsals-1!"  # noqa: S105 - of people who do not exist
CMECF_PASSWORD: Final = "Dress-Rehearsal-7"  # noqa: S105 - as above
PACER_HASHES: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$/Z86ka4RA1Wip9tGQHHJJQ$IRe5I633es//e7+36aOOwN+xXIE5qF34p+ORwBnOGAY",
    "$argon2id$v=19$m=19456,t=2,p=1$LwqI8ZvQzSSc7fsBgzj86g$b8nGPWxwJGdhY7PyNfZauOYmVkc9LXSYhpii+8K0/ZI",
    "$argon2id$v=19$m=19456,t=2,p=1$wwmFRBhJJ5hzONin6oUXeQ$EYyYuM3NpDAMk93oL0l5Ud6KJtkDi8I0I3sYhmfdE8Y",
    "$argon2id$v=19$m=19456,t=2,p=1$ZeQrTBpGTF5bk14KJv1lbw$0RwbLoyYvgzCm4IbIACebGvr/i8YQT+1I3vcqrTzg4s",
)
CMECF_HASHES: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$D42wTLsRB1zvvDoKon+1uw$f0rIBq+4y3NrUqTpvaufrTq2N7cz3eDx4OqOlsXF4Gc",
    "$argon2id$v=19$m=19456,t=2,p=1$h1SUDB99hQ/3xFLs343VXw$I1JMYX9NO17E/1uzys1A1prFdoqMo7Nqtev3qKcgYtY",
    "$argon2id$v=19$m=19456,t=2,p=1$LXVPep3+HzLKtp8F6rJbGg$I2rFcGQN4913WAZAXg7cNX9aavahOh55Eb23Td3u/Bo",
    "$argon2id$v=19$m=19456,t=2,p=1$Y7bfa0l+bMQP37a98L5DmQ$JSj5qnJnIS3h0Dtx0HAa9aLU0XbigcKv5nMeUBJIJFU",
)
