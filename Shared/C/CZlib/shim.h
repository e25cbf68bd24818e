// Our own header, because a module map cannot name a header by its place on the include path.
#include <zlib.h>
