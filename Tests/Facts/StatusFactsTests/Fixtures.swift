import SampleDeployment
import StatusFacts

extension Deployment {
    func facts() throws -> DeploymentFacts {
        try FactsReader(store: store, now: .now).facts()
    }

    /// The verdict on the only mirror.
    func verdict() throws -> Verdict? { try facts().mirrors.first?.verdict }
}
