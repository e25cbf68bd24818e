import Testing

@testable import RedirectionServer

@Suite struct WatchdogProgramTests {
    private static let redirect = """
        Status: 302 Found\r
        Cache-Control: no-store\r
        Location: https://mirror.example.org/a%2Bb\r
        Link: <https://one.example.org/a>; rel=duplicate; geo=de, <https://two.example.org/a>; \
        rel=duplicate; pri=2, <a.meta4>; rel=describedby\r
        \r
        <!DOCTYPE html>
        <a href="https://mirror.example.org/a%2Bb">here</a>
        """
    private static let refusal = "Status: 400 Bad Request\r\n\r\nbad escape\n"

    static let table: [(answer: String, accept: String, body: String)] = [
        (
            redirect, "text/html,*/*",
            "<!DOCTYPE html>\n<a href=\"https://mirror.example.org/a%2Bb\">here</a>"
        ),
        (
            redirect, "application/json",
            #"{"status":302,"location":"https://mirror.example.org/a%2Bb","#
                + #""alternatives":["https://one.example.org/a","https://two.example.org/a"]}"#
                + "\n"
        ),
        (refusal, "", "bad escape\n"),
        (refusal, "application/json", #"{"status":400,"text":"bad escape\n"}"# + "\n"),
        ("", "", ""),
        ("no head", "application/json", #"{"status":200,"text":""}"# + "\n"),
    ]

    @Test(arguments: table)
    func printsWhatCanStillBeUsed(_ row: (answer: String, accept: String, body: String)) {
        let body = WatchdogProgram.body(
            presenting: Array(row.answer.utf8),
            accept: Array(row.accept.utf8)
        )
        #expect(String(decoding: body, as: UTF8.self) == row.body)
    }
}
