#pragma once
// Message digests of libcrypto.
#include <openssl/evp.h>
