import Catalogs
import CheckPlanning
import Foundation
import Mirrors
import TestSupport
import Testing

@testable import Checking

/// Servers that do everything wrong on purpose, all asked in one run, and one that does nothing
/// wrong.
@Suite(.serialized) struct HostileServerTests {
    typealias Case = HostileServer

    static let catalog = {
        var catalog = Catalog(generation: 1)
        for number in 0..<Case.presentCount {
            catalog.append(.make("f\(number)", byteCount: UInt64(number + 1)))
        }
        for number in 0..<Case.missingCount { catalog.append(.make("m\(number)")) }
        return catalog
    }()

    @Test func noneOfThemGetsAFalseVerdictOrDisturbsAnother() throws {
        let network = try Network(Case.passing, place: 0x10)
        let report = try network.check()
        #expect(report.ending == .nothingDue)
        for (index, hostile) in Case.passing.enumerated() {
            try network.expect(hostile, index, report.accessPoints[index])
        }
        #expect(try network.wrong(Case.passing.count).isEmpty)
    }

    /// The run is stopped when the good server has answered everything once: a second look would
    /// wait for the first one on every server.
    @Test func thoseThatHoldOnAreLetGoWhenTheRunStops() throws {
        let network = try Network(Case.holding, place: 0x11)
        let good = Case.holding.count
        let report = try network.check {
            network.transport.answerCounts[AccessPointNumber(index: good), default: 0]
                >= Case.presentCount + Case.missingCount
        }
        #expect(report.ending == .stopped)
        for (index, hostile) in Case.holding.enumerated() {
            try network.expect(hostile, index, report.accessPoints[index])
        }
        #expect(try network.wrong(good, isConfirmed: nil).isEmpty)
    }

    /// As many servers as an answer has bytes, each of which truncates it at another byte.
    @Test func aCutAtAnyByteOfAnAnswerLosesNothing() throws {
        let network = try Network(Case.harmless, place: 0x12, answerPatience: .seconds(60))
        let report = try network.check()
        #expect(report.ending == .nothingDue)
        for (index, hostile) in Case.harmless.enumerated() {
            try network.expect(hostile, index, report.accessPoints[index])
            if hostile.name.hasPrefix("cut") {
                #expect(network.servers[index].closedCount == 1, "\(hostile.name)")
            }
        }
        #expect(try network.wrong(Case.harmless.count).isEmpty)
    }
}
