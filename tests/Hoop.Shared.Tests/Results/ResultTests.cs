using Hoop.Shared.Results;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Results;

/// <summary>A result is a value or an error, and what was never made passes for neither.</summary>
public sealed class ResultTests
{
    private static readonly Error Gone = Error.NotFound();

    [Test]
    public void A_value_is_a_success()
    {
        Result<string> result = "value";
        Assert.That(result.Succeeded(out var value, out var error), Is.True);
        Assert.That((value, error, result.Value, result.Error), Is.EqualTo(("value", (Error?)null, "value", (Error?)null)));
    }

    [Test]
    public void An_error_is_a_failure_whose_value_cannot_be_read()
    {
        Result<string> result = Gone;
        Assert.That(result.Succeeded(out _, out var error), Is.False);
        Assert.That((error, result.Error), Is.EqualTo((Gone, Gone)));
        Assert.That(() => result.Value, Throws.InvalidOperationException.With.Message.Contains("not_found"));
    }

    [Test]
    public void What_was_never_made_passes_for_neither()
    {
        var result = default(Result<string>);
        Assert.That(() => result.Value, Throws.InvalidOperationException);
        Assert.That(() => result.Error, Throws.InvalidOperationException);
    }

    [Test]
    public void A_value_is_changed_and_an_error_is_passed_on()
    {
        Assert.That(Result.Of(2).Select(number => number * 21).Value, Is.EqualTo(42));
        Assert.That(Result.Fail<int>(Gone).Select(number => number * 21).Error, Is.EqualTo(Gone));
    }

    [Test]
    public void Each_kind_of_error_has_its_code()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Error.Malformed("m").Code, Is.EqualTo("malformed"));
            Assert.That(Error.Invalid("m").Code, Is.EqualTo("invalid"));
            Assert.That(Error.Denied("m").Code, Is.EqualTo("denied"));
            Assert.That(Error.NotFound().Code, Is.EqualTo("not_found"));
            Assert.That(Error.Conflict().Code, Is.EqualTo("already_exists"));
            Assert.That(Error.Unavailable("m").Code, Is.EqualTo("unavailable"));
            Assert.That(Error.TooMany("m", TimeSpan.FromSeconds(9)).RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(9)));
            Assert.That(Error.Unauthenticated.Message, Is.EqualTo("access denied"), "one text for every refused credential");
        });
    }
}
