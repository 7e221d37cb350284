package provider

import (
	"context"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// emptyState is a state of that schema in which nothing is set.
func emptyState(ctx context.Context, s schema.Schema) *tfsdk.State {
	kind := s.Type().TerraformType(ctx).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, attribute := range kind.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	return &tfsdk.State{Schema: s, Raw: tftypes.NewValue(kind, values)}
}

// TestModelsFitAsTheFrameworkFitsThem compares encode and decode with what
// they stand in for.
func TestModelsFitAsTheFrameworkFitsThem(t *testing.T) {
	t.Parallel()
	var resp resource.SchemaResponse
	newSecretResource().Schema(t.Context(), resource.SchemaRequest{}, &resp)
	full := emptySecretModel()
	full.EnvSlug, full.Name, full.Comment = types.StringValue("dev"), types.StringValue("N"), types.StringUnknown()
	full.Version, full.SkipMultilineEncoding = types.Int64Value(3), types.BoolValue(true)
	full.TagIDs = types.SetValueMust(types.StringType, []attr.Value{types.StringValue("id")})
	full.Metadata = types.MapUnknown(types.StringType)
	full.SecretReminder = types.ObjectValueMust(reminderTypes, map[string]attr.Value{"note": types.StringNull(), "repeat_days": types.Int64Value(7)})
	for name, model := range map[string]secretResourceModel{"empty": emptySecretModel(), "full": full} {
		ours, theirs := emptyState(t.Context(), resp.Schema), emptyState(t.Context(), resp.Schema)
		if diags := encode(t.Context(), ours, model); diags.HasError() {
			t.Fatalf("%s: %v", name, diags)
		}
		if diags := theirs.Set(t.Context(), model); diags.HasError() {
			t.Fatalf("%s: %v", name, diags)
		}
		if !ours.Raw.Equal(theirs.Raw) {
			t.Errorf("%s: encoded differently", name)
		}
		var back secretResourceModel
		if diags := decode(t.Context(), ours, &back); diags.HasError() || !reflect.DeepEqual(back, model) {
			t.Errorf("%s: decoded differently: %v", name, diags)
		}
	}
}

// TestModelThatDoesNotFitIsAnError instead of a panic or a lost attribute.
func TestModelThatDoesNotFitIsAnError(t *testing.T) {
	t.Parallel()
	state := emptyState(t.Context(), schema.Schema{Attributes: map[string]schema.Attribute{
		"name": schema.StringAttribute{Optional: true}, "count": schema.Int64Attribute{Optional: true},
	}})
	for why, model := range map[string]any{
		"a field is missing": &struct {
			Name types.String `tfsdk:"name"`
		}{},
		"an attribute is missing": &struct {
			Name  types.String `tfsdk:"name"`
			Count types.Int64  `tfsdk:"count"`
			More  types.String `tfsdk:"more"`
		}{},
		"another type": &struct {
			Name  types.String `tfsdk:"name"`
			Count types.String `tfsdk:"count"`
		}{},
	} {
		if !decode(t.Context(), state, model).HasError() {
			t.Errorf("%s: decoded", why)
		}
		if !encode(t.Context(), state, reflect.ValueOf(model).Elem().Interface()).HasError() {
			t.Errorf("%s: encoded", why)
		}
	}
	null := &tfsdk.State{Schema: state.Schema, Raw: tftypes.NewValue(state.Raw.Type(), nil)}
	if !decode(t.Context(), null, &struct {
		Name  types.String `tfsdk:"name"`
		Count types.Int64  `tfsdk:"count"`
	}{}).HasError() {
		t.Error("a state that is not there was decoded")
	}
}
