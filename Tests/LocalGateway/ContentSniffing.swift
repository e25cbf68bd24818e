/// The type that Go's `net/http` detects for a body without one, for the bodies that functions
/// print: HTML, text, or bytes.
func sniffedContentType(of body: [UInt8]) -> String {
    let start = body.prefix(512)
    let text = start.drop { [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains($0) }
    for tag in ["<!DOCTYPE HTML", "<HTML", "<HEAD", "<BODY", "<P"] {
        let end = text.dropFirst(tag.utf8.count).first
        if String(decoding: text.prefix(tag.utf8.count), as: UTF8.self).uppercased() == tag,
            end == UInt8(ascii: " ") || end == UInt8(ascii: ">")
        {
            return "text/html; charset=utf-8"
        }
    }
    let isBinary = start.contains { byte in
        byte <= 0x08 || byte == 0x0B || (0x0E...0x1A).contains(byte) || (0x1C...0x1F).contains(byte)
    }
    return isBinary ? "application/octet-stream" : "text/plain; charset=utf-8"
}
