// At the edge, the log says what is wrong with a map, but without the figures. `storage verify`
// prints those, and the builder those of maps that cannot be written.
extension RegionMapError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notARegionMap: "not a region map"
        case .unsupportedVersion:
            "the region map has a format version that this program does not read"
        case .truncated: "the region map is truncated"
        case .trailingBytes: "the region map is followed by other bytes"
        case .headerChecksumMismatch: "the region map's header is damaged"
        case .bodyChecksumMismatch: "the region map is damaged"
        case .invalidHeader: "the region map's header has a value that is out of range"
        case .sectionOutOfBounds, .sectionTooSmall: "a section of the region map is out of bounds"
        case .textsTooLong: "the texts of the region map's access points are too long"
        default: "the region map cannot be used"
        }
    }
}
