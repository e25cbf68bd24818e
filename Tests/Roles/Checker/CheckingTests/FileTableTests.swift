import Catalogs
import TestSupport
import Testing

@testable import Checking

struct FileTableTests {
    @Test func itHoldsWhatADictionaryHolds() {
        var generator = SeededGenerator(seed: 7)
        var table = FileTable<Int>()
        var dictionary: [FileID: Int] = [:]
        // Few numbers and many steps, so that there are collisions, gaps and growth.
        for step in 0..<200_000 {
            let limit: UInt32 = step < 100_000 ? 500 : 200_000
            let file = FileID(UInt32.random(in: 0..<limit, using: &generator) &* 256)
            if Bool.random(using: &generator) {
                table.set(step, for: file)
                dictionary[file] = step
            } else {
                #expect(table.remove(file) == dictionary.removeValue(forKey: file))
            }
        }
        for (file, value) in dictionary { #expect(table.remove(file) == value) }
        for file in dictionary.keys { #expect(table.remove(file) == nil) }
    }
}
