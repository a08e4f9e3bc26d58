using Hoop.Identity.Logins;
using Hoop.Shared.Jose;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Logins;

public sealed class LoginConfigTests
{
    [TestCase("EdDSA", JwsAlgorithm.EdDSA, true)]
    [TestCase("Ed25519", JwsAlgorithm.EdDSA, true)]
    [TestCase("ES256", JwsAlgorithm.EdDSA, false)]
    [TestCase("Ed25519", JwsAlgorithm.ES256, false)]
    [TestCase(null, JwsAlgorithm.ES256, true)]
    [Description("RFC 9864 section 2.2: Ed25519 is EdDSA by the name of its curve")]
    public void An_algorithm_may_be_named_by_either_of_its_names(string? named, JwsAlgorithm algorithm, bool isAllowed)
    {
        var config = new LoginConfig("", "", "", "", [], named is null ? [] : [named], "", "");
        Assert.That(config.Allows(algorithm), Is.EqualTo(isAllowed));
    }
}
