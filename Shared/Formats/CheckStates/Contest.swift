/// A file that was alternately present and missing.
package struct Contest: Hashable, Sendable {
    /// The number of proofs still needed, in a row and separated in time.
    package var proofsLeft: UInt8
    /// How often it was contradicted; saturates.
    package var contradictionCount: UInt8

    package init(proofsLeft: UInt8, contradictionCount: UInt8) {
        self.proofsLeft = proofsLeft
        self.contradictionCount = contradictionCount
    }
}
