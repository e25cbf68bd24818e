import Bytes
import Testing

@Suite struct BlankTests {
    @Test func blanksAreTheWhiteSpaceOfASCII() {
        let blanks = (0...UInt8.max).filter(\.isBlank)
        #expect(blanks == Array("\t\n\u{0B}\u{0C}\r ".utf8))
    }
}
