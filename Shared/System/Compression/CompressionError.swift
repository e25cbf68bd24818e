/// A reason why bytes are not the compressed form of what they should be.
package struct CompressionError: Error, Equatable, CustomStringConvertible {
    package let description: String
}
