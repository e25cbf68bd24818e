extension UInt8 {
    /// Whether it is ASCII white space: a space, tab, line feed, vertical tab, form feed or
    /// carriage return.
    @inlinable
    package var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
