extension HealthError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notHealth(let magic):
            "not health: it begins with \(hex(magic)), expected \(hex(HealthView.magic)) (\"RHLT\")"
        case .unsupportedVersion(let version, let newest):
            "health has format version \(version), this program reads \(newest); "
                + "deploy the newer program"
        case .wrongByteCount(let expected, let actual):
            "health has \(actual) bytes, expected \(expected); the next probe rewrites it"
        case .checksumMismatch(let stored, let computed):
            "health is damaged: CRC-32 expected \(hex(stored)), computed \(hex(computed)); "
                + "the next probe rewrites it"
        case .sectionOutOfBounds(let kind):
            "section \(kind) of health is outside its blob; the next probe rewrites it"
        }
    }

    private func hex(_ value: UInt32) -> String {
        "0x" + String(value, radix: 16)
    }
}
