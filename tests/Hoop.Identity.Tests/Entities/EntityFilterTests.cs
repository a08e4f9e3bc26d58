using Hoop.Identity.Entities;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Entities;

/// <summary>What a query asks of a list of entities, and which pages are found how.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class EntityFilterTests
{
    [TestCase("", null, null, null, null, null)]
    [TestCase("?list=true&after=x&limit=5", null, null, null, null, null, Description = "of the page, and not of the filter")]
    [TestCase("?name_prefix=Web-", "web-", null, null, null, null)]
    [TestCase("?name_prefix=%C3%84b", "Äb", null, null, null, null, Description = "ASCII letters alone are folded")]
    [TestCase("?name_prefix=", null, null, null, null, null)]
    [TestCase("?metadata.team=x", null, """{"team":"x"}""", null, null, null)]
    [TestCase("?metadata.team=x&metadata.city=y", null, """{"team":"x","city":"y"}""", null, null, null)]
    [TestCase("?metadata.team=", null, """{"team":""}""", null, null, null)]
    [TestCase("?metadata.a.b=x", null, """{"a.b":"x"}""", null, null, null)]
    [TestCase("?metadata=x", null, null, null, null, null)]
    [TestCase("?policy=Dev", null, null, "dev", null, null)]
    [TestCase("?policy=%20dev%20", null, null, "dev", null, null)]
    [TestCase("?alias=Anna@X", null, null, null, "anna@x", null)]
    [TestCase("?disabled=true", null, null, null, null, true)]
    [TestCase("?disabled=0", null, null, null, null, false)]
    [TestCase("?name_prefix=a&policy=b&alias=c&disabled=f&metadata.d=e", "a", """{"d":"e"}""", "b", "c", false)]
    public void A_query(string query, string? prefix, string? metadata, string? policy, string? alias, bool? disabled)
    {
        var filter = EntityFilter.Read(new QueryCollection(QueryHelpers.ParseQuery(query))).Value;
        Assert.That(filter, Is.EqualTo(new EntityFilter(prefix, metadata, policy, alias, disabled)));
        Assert.That(filter.IsNone, Is.EqualTo(prefix is null && metadata is null && policy is null && alias is null && disabled is null));
        Assert.That(filter.IsNarrow, Is.EqualTo(alias is not null));
    }

    [TestCase("?disabled=maybe", "disabled: use true or false")]
    [TestCase("?disabled=true&disabled=false", "disabled: use true or false")]
    [TestCase("?policy=a%00", "a NUL character is in no stored text")]
    [TestCase("?metadata.a%00=b", "a NUL character is in no stored text")]
    [TestCase("?other=%00", "a NUL character is in no stored text")]
    public void A_query_that_cannot_be_asked(string query, string problem) => Assert.That(
        EntityFilter.Read(new QueryCollection(QueryHelpers.ParseQuery(query))).Error!.Message, Is.EqualTo(problem));
}
