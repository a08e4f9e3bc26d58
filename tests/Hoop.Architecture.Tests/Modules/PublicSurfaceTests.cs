using NUnit.Framework;

namespace Hoop.Architecture.Tests.Modules;

public sealed class PublicSurfaceTests
{
    [TestCaseSource(typeof(Product), nameof(Product.Modules))]
    public void A_module_shows_its_two_entry_points_and_nothing_else(object module)
    {
        var one = (Module)module;
        var types = one.Assembly.GetTypes();
        Assert.That(types, Is.Not.Empty);

        Assert.That(PublicSurface.Violations(one.Name, types), Is.Empty);
    }

    [Test]
    public void Public_types_open_classes_and_missing_or_further_entry_points_are_found()
    {
        Type[] types = [typeof(MadeUp.OrdersModule), typeof(MadeUp.Leak), typeof(MadeUp.Leak.Inner), typeof(MadeUp.Open)];

        Assert.That(PublicSurface.Violations("Orders", types), Is.EqualTo(new[]
        {
            $"{typeof(MadeUp.OrdersModule)} shows Void Reset()",
            $"{typeof(MadeUp.OrdersModule)} lacks IEndpointRouteBuilder MapOrders(IEndpointRouteBuilder)",
            $"{typeof(MadeUp.Leak)} is public",
            $"{typeof(MadeUp.Leak.Inner)} is public",
            $"{typeof(MadeUp.Open)} is neither sealed nor abstract",
        }));
    }

    [Test]
    public void A_module_without_its_class_is_found() =>
        Assert.That(
            PublicSurface.Violations("Billing", [typeof(MadeUp.Closed)]), Is.EqualTo(new[] { "Billing has no class BillingModule" }));
}
