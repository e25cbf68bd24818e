/// The path as it is written in a URL, by RFC 3986: every byte outside of the unreserved set and
/// `/` as `%XX`.
///
/// Written from the text of the RFC, independently of the product's encoder, to compare with it.
package func percentEncoded(_ path: some Sequence<UInt8>) -> String {
    let literal = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    var text = ""
    for byte in path {
        if literal.contains(byte) {
            text.append(Character(Unicode.Scalar(byte)))
        } else {
            let digits = String(byte, radix: 16, uppercase: true)
            text += "%" + (digits.utf8.count == 1 ? "0" + digits : digits)
        }
    }
    return text
}
