"""PySAM's cash flows with everything off that roofpv has not: taxes, debt, fees and incentives."""

from __future__ import annotations

import numpy as np
from PySAM import Cashloan, Singleowner
from PySAM.PySSC import PySSC

from roofpv.assumptions.lifetime import Lifetime

HOURS = 8760


def _off(group, keep=()):
    """Set every amount and rate of a group to nothing, its caps and flags as they are."""
    for name, value in group.export().items():
        if name.endswith(("_amount", "_percent")) and name not in keep:
            setattr(group, name, [0.0] * len(value) if isinstance(value, tuple) else 0.0)


def cashloan(roof, life: Lifetime):
    """Outputs of ``Cashloan`` for (kwp, capex, kWh of the first year, worth of them)."""
    kwp, _, kwh, earned = roof
    model = Cashloan.default("PVWattsCommercial")
    _off(model.TaxCreditIncentives)
    _off(model.PaymentIncentives)
    model.Depreciation.depr_fed_type = model.Depreciation.depr_sta_type = 0
    _finance(model, life, kwp)
    model.FinancialParameters.debt_fraction = 0
    _costs(model, life, roof)
    years = range(life.life_years)
    fading = 1.0 - life.degradation_per_year
    model.SystemOutput.gen = [kwh / HOURS] * HOURS
    model.SystemOutput.degradation = [100.0 * life.degradation_per_year]
    model.SystemOutput.annual_energy_value = [0.0] + [earned * fading**year for year in years]
    model.Lifetime.system_use_lifetime_output = 0
    monthly = [[0.0] * 12 for _ in range(life.life_years + 1)]
    for name in dir(model.ChargesByMonth):
        if name.endswith("_ym"):
            setattr(model.ChargesByMonth, name, monthly)
    model.ChargesByMonth.utility_bill_w_sys = [0.0] * (life.life_years + 1)
    values = {name: value for group in model.export().values() for name, value in group.items()}
    # The bill without the array is asked for, and PySAM has no name for it.
    values["utility_bill_wo_sys"] = [0.0] * (life.life_years + 1)
    return _by_core("cashloan", values, ("lcoe_real", "npv", "payback", "discounted_payback"))


def single_owner(roof, life: Lifetime):
    """Outputs of ``Singleowner``, the energy sold at one price."""
    kwp, _, kwh, earned = roof
    model = Singleowner.default("PVWattsSingleOwner")
    _off(model.TaxCreditIncentives)
    _off(model.PaymentIncentives)
    _finance(model, life, kwp)
    money = model.FinancialParameters
    money.debt_option = money.debt_percent = money.months_working_reserve = 0
    money.dscr_reserve_months = money.reserves_interest = money.construction_financing_cost = 0
    money.cost_debt_fee = 0
    # A reserve for the inverter would be filled year by year; none is.
    money.equip1_reserve_cost = 0
    _costs(model, life, roof)
    model.Revenue.ppa_soln_mode = 1
    model.Revenue.ppa_price_input = [earned / kwh]
    model.Revenue.ppa_escalation = 0
    model.SystemOutput.gen = [kwh / HOURS] * HOURS
    model.SystemOutput.degradation = [100.0 * life.degradation_per_year]
    model.SystemOutput.system_capacity = kwp
    model.execute(0)
    return {
        name: float(value) for name, value in model.Outputs.export().items() if np.isscalar(value)
    }


def _by_core(module, values, wanted):
    """Run a module of the simulation core by its own names."""
    core = PySSC()
    data = core.data_create()
    for name, value in values.items():
        core.data_set_variable(data, name.encode(), value)
    fault = core.module_exec_simple_no_thread(module.encode(), data)
    found = {name: core.data_get_number(data, name.encode()) for name in wanted}
    core.data_free(data)
    assert not fault, fault
    return found


def _finance(model, life, kwp):
    money = model.FinancialParameters
    money.analysis_period = life.life_years
    money.federal_tax_rate = money.state_tax_rate = [0.0]
    money.inflation_rate = money.insurance_rate = money.property_tax_rate = 0
    money.salvage_percentage = 0
    money.real_discount_rate = 100.0 * life.discount_rate
    money.system_capacity = kwp


def _costs(model, life, roof):
    kwp, capex, _, _ = roof
    costs = model.SystemCosts
    again = range(life.inverter_life_years, life.life_years, life.inverter_life_years)
    upkeep = [life.om_fraction * capex + life.om_cny_per_kwp * kwp] * life.life_years
    for year in again:
        upkeep[year - 1] += 1000.0 * life.inverter_cny_per_w * kwp
    costs.om_fixed = upkeep
    costs.om_fixed_escal = 0
    costs.om_capacity = costs.om_production = [0.0]
    costs.total_installed_cost = capex


def both(roof, life: Lifetime):
    """Outputs of both models."""
    return cashloan(roof, life), single_owner(roof, life)
