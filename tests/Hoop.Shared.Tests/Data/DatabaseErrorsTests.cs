using System.Net.Sockets;
using Hoop.Shared.Data;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

public sealed class DatabaseErrorsTests
{
    [TestCase("08006", true)]
    [TestCase("53300", true)]
    [TestCase("57P01", true)]
    [TestCase("57014", true, Description = "statement_timeout")]
    [TestCase("55P03", true, Description = "lock_timeout")]
    [TestCase("58030", true, Description = "io_error")]
    [TestCase("25006", true)]
    [TestCase("40001", true)]
    [TestCase("40P01", true)]
    [TestCase("42P01", false)]
    [TestCase("42501", false)]
    [TestCase("23505", false)]
    [TestCase("22P05", false)]
    public void A_database_that_cannot_serve_now_is_told_from_a_mistake(string state, bool unavailable)
    {
        Assert.That(DatabaseErrors.IsUnavailable(new PostgresException("", "ERROR", "ERROR", state)), Is.EqualTo(unavailable));
        Assert.That(
            DatabaseErrors.IsUnavailable(new InvalidOperationException("", new PostgresException("", "ERROR", "ERROR", state))),
            Is.EqualTo(unavailable));
    }

    [Test]
    public void Of_Npgsqls_own_exceptions_only_those_of_the_network_and_of_time_count()
    {
        Assert.That(DatabaseErrors.IsUnavailable(new NpgsqlException("", new SocketException())), Is.True);
        Assert.That(DatabaseErrors.IsUnavailable(new NpgsqlException("", new TimeoutException())), Is.True);
        Assert.That(DatabaseErrors.IsUnavailable(new NpgsqlException("", new EndOfStreamException())), Is.True);
        Assert.That(DatabaseErrors.IsUnavailable(new NpgsqlException("misused")), Is.False);
        Assert.That(DatabaseErrors.IsUnavailable(new InvalidOperationException()), Is.False);
    }

    [TestCase(null, null)]
    [TestCase("3c90c3cc-0d44-4b50-8888-8dd25736052a", null, Description = "an older gateway's")]
    [TestCase("org/x", null)]
    [TestCase("org/3c90c3cc-0d44-4b50-8888-8dd25736052a", "3c90c3cc-0d44-4b50-8888-8dd25736052a")]
    public void A_key_of_an_announcement_names_an_organization_or_anybody(string? key, string? organization)
    {
        Assert.That(ChangeKey.OrganizationOf(key)?.ToString(), Is.EqualTo(organization));
        Assert.That(organization is null || ChangeKey.Of(Guid.Parse(organization)) == key, Is.True);
    }
}
