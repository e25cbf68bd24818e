import Testing

@testable import RequestJudge

@Suite struct AnswerRulesTests {
    private static let rules = AnswerRules(
        bases: ["https://fallback.example/", "http://near.example/gentoo/"].map { Array($0.utf8) },
        isCGI: false
    )

    /// The rules' complaint about a redirect to `location` with additional header lines.
    private func fault(
        location: String = "http://near.example/gentoo/a",
        _ more: [UInt8] = [],
        body: String = "body"
    ) -> String? {
        var answer = Array("HTTP/1.1 302 Found\r\nLocation: \(location)\r\n".utf8)
        answer += more
        answer += Array("Content-Length: 4\r\n\r\n\(body)".utf8)
        return Self.rules.fault(in: answer, hasBody: true)
    }

    @Test func passesARedirectWithALink() {
        let link = "Link: <http://near.example/gentoo/a>; rel=duplicate, <a.meta4>\r\n"
        #expect(fault(Array(link.utf8)) == nil)
    }

    @Test(arguments: Array(0x00...0x1F) + Array(0x7F...0xFF) as [UInt8])
    func faultsAByteThatIsNotPrintableWhereverItStands(byte: UInt8) {
        for place in 0..<24 {
            var value = [UInt8](repeating: UInt8(ascii: "v"), count: 24)
            value[place] = byte
            let isFaulted = fault(Array("X-Value: ".utf8) + value + [0x0D, 0x0A]) != nil
            #expect(isFaulted, "at \(place)")
        }
    }

    @Test(arguments: 0x20...0x7E as ClosedRange<UInt8>)
    func passesEveryPrintableByte(byte: UInt8) {
        for place in 0..<24 {
            var value = [UInt8](repeating: UInt8(ascii: "v"), count: 24)
            value[place] = byte
            let fault = fault(Array("X-Value: ".utf8) + value + [0x0D, 0x0A])
            #expect(fault == nil, "at \(place)")
        }
    }

    @Test(arguments: [
        "http://elsewhere.example/", "http://near.example/gentoo/a b",
        "http://near.example/gentoo/../a", "http://near.example/gentoo/..",
        "http://near.example/gentoo/a?query", "https://fallback.example/a?<",
        "//near.example/gentoo/a", "",
    ])
    func faultsALocationThatLeadsElsewhere(location: String) {
        #expect(fault(location: location) != nil)
    }

    @Test(arguments: ["<a", "a>", "<<a>", "<a>>", "<a>, <b"])
    func faultsALinkWhoseBracketsAreNoPairs(value: String) {
        #expect(fault(Array("Link: \(value)\r\n".utf8)) != nil)
    }

    @Test func faultsABodyOfAnotherLengthThanAnnounced() {
        #expect(fault(body: "bod") != nil)
        #expect(fault(body: "bodys") != nil)
    }

    @Test func faultsTwoLocations() {
        #expect(fault(Array("Location: http://near.example/gentoo/b\r\n".utf8)) != nil)
    }

    @Test func faultsALineThatIsNoField() {
        #expect(fault(Array("no field\r\n".utf8)) != nil)
        #expect(fault(Array("name:value\r\n".utf8)) != nil)
        #expect(fault(Array(": value\r\n".utf8)) != nil)
    }
}
