package provider

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// getter and setter are configurations, plans, states and identities.
type getter interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

type setter interface {
	Set(ctx context.Context, value any) diag.Diagnostics
}

// decode fills a model, a pointer to a struct of framework values, by the
// tfsdk tags of its fields. So does Get when it is given the struct; but Get
// compiles a regular expression for every field every time, which took a
// quarter of the provider's time in a large plan.
func decode(ctx context.Context, from getter, model any) diag.Diagnostics {
	var object types.Object
	diags := from.Get(ctx, &object)
	if diags.HasError() {
		return diags
	}
	attributes := object.Attributes()
	fields := 0
	eachField(reflect.ValueOf(model).Elem(), func(name string, field reflect.Value) {
		fields++
		value := reflect.ValueOf(attributes[name])
		if !value.IsValid() || value.Type() != field.Type() {
			diags.Append(misfit(model, name+" is another in the schema"))
			return
		}
		field.Set(value)
	})
	if fields < len(attributes) {
		diags.Append(misfit(model, "the schema has more attributes"))
	}
	return diags
}

// decoded is a model, filled.
func decoded[T any](ctx context.Context, from getter, diags *diag.Diagnostics) T {
	var model T
	diags.Append(decode(ctx, from, &model)...)
	return model
}

// encode is the way back from decode.
func encode(ctx context.Context, into setter, model any) diag.Diagnostics {
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	eachField(reflect.ValueOf(model), func(name string, field reflect.Value) {
		value := field.Interface().(attr.Value)
		kinds[name], values[name] = value.Type(ctx), value
	})
	object, diags := types.ObjectValue(kinds, values)
	if diags.HasError() {
		return diags
	}
	return into.Set(ctx, object)
}

// eachField goes through a model's fields, those of embedded models too.
func eachField(model reflect.Value, do func(name string, field reflect.Value)) {
	for i := range model.NumField() {
		field := model.Type().Field(i)
		if field.Anonymous {
			eachField(model.Field(i), do)
			continue
		}
		do(field.Tag.Get("tfsdk"), model.Field(i))
	}
}

func misfit(model any, why string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Internal Provider Error", fmt.Sprintf("%T does not fit its schema: %s. Please report this.", model, why))
}
