import Testing

@testable import local_gateway

@Suite struct OptionsTests {
    @Test func theHelpFits80Columns() {
        for line in Options.help.split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }
}
