using NUnit.Framework;

namespace Hoop.Architecture.Tests.Contracts;

public sealed class ContractTests
{
    private static readonly Type[] Types = [.. Product.Modules.SelectMany(module => module.Contracts.GetTypes())];

    [Test]
    public void Contracts_hold_questions_answers_and_nothing_that_acts()
    {
        Assert.That(Types.Count(Records.IsRecord), Is.GreaterThan(10));

        Assert.That(ContractRules.Violations(Types), Is.Empty);
    }

    [Test]
    public void No_record_of_a_contract_or_a_module_prints_a_secret()
    {
        var types = Types.Concat(Product.Modules.SelectMany(module => module.Assembly.GetTypes())).ToArray();
        Assert.That(types.Count(Records.HasSecret), Is.GreaterThan(3));

        Assert.That(Records.Leaks(types), Is.Empty);
    }

    [TestCase(typeof(MadeUp.IOrderRules), "returns no task")]
    [TestCase(typeof(MadeUp.OrderLimits), "Most is no constant")]
    [TestCase(typeof(MadeUp.GetOpenOrder), "is not sealed")]
    [TestCase(typeof(MadeUp.GetOrderTotal), "Sum is behaviour")]
    [TestCase(typeof(MadeUp.OrderBook), "is neither a record")]
    [TestCase(typeof(MadeUp.HiddenOrder), "is not public")]
    [TestCase(typeof(MadeUp.Forgotten), "is neither asked nor answered")]
    public void A_contract_that_is_more_than_data_is_found(Type type, string problem) =>
        Assert.That(ContractRules.Violations([type]), Has.Some.Contains(problem));

    [Test]
    public void A_question_with_its_answer_and_the_parts_of_that_is_none() =>
        Assert.That(
            ContractRules.Violations(
                [typeof(MadeUp.FindOrder), typeof(MadeUp.Order), typeof(MadeUp.OrderLine), typeof(MadeUp.OrderState),
                    typeof(MadeUp.OrderPlaced)]),
            Is.Empty);

    [TestCase(typeof(MadeUp.PlainToken), "prints AccessToken")]
    [TestCase(typeof(MadeUp.HalfHidden), "prints Password")]
    [TestCase(typeof(MadeUp.PlainScript), "prints Script")]
    public void A_record_that_prints_a_secret_is_found(Type type, string problem) =>
        Assert.That(Records.Leaks([type]), Has.One.Contains(problem));

    [Test]
    public void A_record_that_hides_its_secret_is_none()
    {
        Assert.That(Records.HasSecret(typeof(MadeUp.HiddenToken)));
        Assert.That(Records.Leaks([typeof(MadeUp.HiddenToken), typeof(MadeUp.Order)]), Is.Empty);
    }
}
