/// Why compressed bytes could not be decompressed as expected.
package struct CompressionError: Error, Equatable, CustomStringConvertible {
    package let description: String
}
