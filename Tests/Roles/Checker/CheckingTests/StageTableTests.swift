import CheckStates
import Foundation
import Mirrors
import ObjectStorage
import TestSupport
import Testing

@testable import Checking

/// The diagram of the checker's stages in docs/architecture.md matches the code.
@Suite struct StageTableTests {
    /// A transition from one stage to another, as in a line of the diagram.
    struct Edge: Hashable, CustomStringConvertible {
        var from: String
        var event: String
        var to: String
        var description: String { "\(from) --> \(to): \(event)" }
    }

    static func turn() throws -> Turn {
        guard
            case .acquired(let lease) = try Lease.acquire(
                "check-m",
                for: 60,
                in: InMemoryStore(),
                clock: { 0 }
            )
        else { throw CancellationError() }
        return Turn(
            lease: lease,
            agenda: CheckStateStore.LoadedAgenda(agenda: nil, condition: .absent),
            askedAt: 0,
            now: 0
        )
    }

    static let afterwards: [Stage.FollowUp] = [
        .waiting, .loading, .over, .resting(reason: "silence"),
    ]
    static let competitor = Stage.Competitor(reason: "another checker", until: 1)

    /// Every stage, with every payload that makes a difference.
    static func stages(_ turn: Turn) -> [Stage] {
        var stages: [Stage] = [
            .waiting, .opening, .loading(turn), .working(turn), .storing(turn),
            .yielding(competitor), .resting(reason: "silence"),
        ]
        for next in afterwards {
            stages.append(.draining(turn, next, isStoring: false))
            stages.append(.draining(turn, next, isStoring: true))
            guard next != .loading else { continue }
            stages.append(.leaving(turn, next))
            guard next != .over else { continue }
            stages += [.new(next), .reading(next)]
        }
        return stages
    }

    static func events(_ turn: Turn) -> [Stage.Event] {
        [
            .read, .open, .store, .drained, .giveUp(reason: nil), .giveUp(reason: "too slow"),
            .found, .opened(turn), .refused(competitor), .loaded, .stored, .left, .lost(competitor),
            .failed,
        ] + afterwards.map { .end($0) }
    }

    static func tableEdges() throws -> Set<Edge> {
        let turn = try turn()
        var edges: Set<Edge> = []
        for stage in stages(turn) {
            for event in events(turn) {
                guard let next = stage.after(event) else { continue }
                edges.insert(
                    Edge(
                        from: stage.kind.rawValue,
                        event: event.kind.rawValue,
                        to: next.kind.rawValue
                    )
                )
            }
        }
        return edges
    }

    static func pictureEdges() throws -> Set<Edge> {
        let page = try String(contentsOfFile: "docs/architecture.md", encoding: .utf8)
        let picture = try #require(
            page.split(separator: "stateDiagram-v2").dropFirst().first?
                .split(separator: "```").first
        )
        var edges: Set<Edge> = []
        for line in picture.split(separator: "\n") where line.contains(":") {
            let parts = line.split(separator: ":")
            let ends = parts[0].split(separator: "-->")
            for event in parts[1].split(separator: ",") {
                let words = [ends[0], event, ends[1]].map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                edges.insert(Edge(from: words[0], event: words[1], to: words[2]))
            }
        }
        return edges
    }

    @Test func thePictureShowsTheTable() throws {
        let (table, picture) = (try Self.tableEdges(), try Self.pictureEdges())
        #expect(table.subtracting(picture).map(\.description).sorted() == [])
        #expect(picture.subtracting(table).map(\.description).sorted() == [])
    }

    @Test func everyStageIsReachedAndEveryEventIsExpectedSomewhere() throws {
        let edges = try Self.tableEdges()
        #expect(Set(edges.map(\.to)) == Set(Stage.Kind.allCases.map(\.rawValue)))
        #expect(Set(edges.map(\.event)) == Set(Stage.Event.Kind.allCases.map(\.rawValue)))
    }

    /// A stage that holds a lease ends with it: it is stored and released, or another process takes
    /// it.
    @Test func aTurnEndsOnlyWithItsLease() throws {
        let turn = try Self.turn()
        for stage in Self.stages(turn) where stage.turn != nil {
            for event in Self.events(turn) {
                guard let next = stage.after(event), next.turn == nil else { continue }
                let isExpected = [.left, .lost, .giveUp].contains(event.kind)
                #expect(isExpected, "\(stage.kind) \(event.kind)")
            }
        }
    }
}
