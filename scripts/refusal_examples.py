"""One example for each refusal of the bench, in English and in Russian: how somebody comes to meet it."""

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, str]] = {
    "clearance.lot_open": (
        "You clear Bench 1 while the last batch there still waits for its last verification.",
        "Вы проверяете готовность линии на месте 1, а предыдущая серия там ещё ждёт последнего подтверждения.",
    ),
    "clearance.missing": (
        "The line was cleared yesterday morning, and the batch is opened only this afternoon.",
        "Линию проверили вчера утром, а серию открывают только сегодня днём.",
    ),
    "clearance.phase": (
        "Two colleagues press the same button: the clearance was verified a second ago.",
        "Двое нажали одну кнопку: готовность подтвердили секунду назад.",
    ),
    "clearance.same_person": (
        "You cleared the line and press the verifying button too.",
        "Вы проверили готовность линии и сами же нажимаете подтверждение.",
    ),
    "container.gone": (
        "You scan the tube from the first seeding; it was emptied into the vessels.",
        "Вы считываете пробирку от первого посева; она уже перелита во флаконы.",
    ),
    "container.not_cultured": (
        "You suspend a dose from the tube of separated marrow cells.",
        "Вы суспендируете дозу из пробирки с выделенными клетками костного мозга.",
    ),
    "container.other_lot": (
        "A vessel of the batch at Bench 2 was put into the cabinet of Bench 1.",
        "Флакон серии с места 2 поставили в шкаф места 1.",
    ),
    "container.overdrawn": (
        "The tube holds 24 million cells; ten vessels of 3 million are asked for.",
        "В пробирке 24 миллиона клеток; запрошено десять флаконов по 3 миллиона.",
    ),
    "container.overdrawn_volume": (
        "A sample of 5 mL is drawn from a tube that holds 4 mL.",
        "Из пробирки, где 4 мл, берут пробу 5 мл.",
    ),
    "container.phase": (
        "You discard a bag that the ward destroyed an hour ago.",
        "Вы списываете пакет, который отделение уничтожило час назад.",
    ),
    "container.wrong_kind": (
        "The passage asks for vessels, and a tube was scanned.",
        "Для пассажа нужны флаконы, а считана пробирка.",
    ),
    "count.differs": (
        "The count says 1.9 million cells, and you typed 2.1 million into the harvest.",
        "Подсчёт дал 1,9 млн клеток, а в съём вы ввели 2,1 млн.",
    ),
    "count.done_twice": (
        "The recount scatters too, and you press for a third count.",
        "Повторный подсчёт тоже расходится, и вы хотите посчитать в третий раз.",
    ),
    "count.file_empty": (
        "The counter's memory stick was pulled out while it wrote: the file has no bytes.",
        "Флешку счётчика вынули во время записи: в файле нет ни байта.",
    ),
    "count.file_no_columns": (
        "You choose the export of the other counter, whose columns have other names.",
        "Вы выбрали выгрузку другого счётчика, где столбцы называются иначе.",
    ),
    "count.file_no_runs": (
        "The counter exported its headings before the first run was measured.",
        "Счётчик выгрузил заголовки до первого измерения.",
    ),
    "count.file_not_csv": (
        "A note with an open quotation mark was typed into the counter.",
        "В счётчик ввели примечание с незакрытой кавычкой.",
    ),
    "count.file_number": (
        "The counter wrote “error” in the line of the third run.",
        "В строке третьего измерения счётчик написал «error».",
    ),
    "count.file_too_large": (
        "You export the whole year instead of this sample.",
        "Вы выгрузили весь год вместо этой пробы.",
    ),
    "count.missing": (
        "The step takes its numbers from a count, and you press Harvest first.",
        "Операция берёт числа из подсчёта, а вы сразу нажали «Снять клетки».",
    ),
    "count.no_cells": (
        "The chamber was filled from the supernatant.",
        "Камеру заполнили надосадочной жидкостью.",
    ),
    "count.no_dilution": (
        "The export has no column for the dilution, and nobody said that it is always 2.",
        "В выгрузке нет столбца разведения, и никто не указал, что оно всегда 2.",
    ),
    "count.no_file": (
        "You ask for the counter's file of a count that a colleague entered by chambers.",
        "Вы открываете файл подсчёта, который коллега ввёл по камерам.",
    ),
    "count.none_alive": (
        "After a thaw all cells in both chambers are stained.",
        "После размораживания все клетки в обеих камерах окрашены.",
    ),
    "count.not_here": (
        "The medium is being changed, and you press Count the chambers on an old page.",
        "Идёт смена среды, а вы нажимаете «Посчитать камеры» на старой странице.",
    ),
    "count.of_another": (
        "The first vial was thawed with this count, and you thaw the second in the same step.",
        "Первую пробирку разморозили с этим подсчётом, а вторую размораживаете в той же операции.",
    ),
    "count.reason_needed": (
        "You count again and leave the reason empty.",
        "Вы считаете повторно и не указали причину.",
    ),
    "count.too_few_runs": (
        "The record asks for two chambers, and you entered one.",
        "По протоколу нужны две камеры, а введена одна.",
    ),
    "count.too_many": (
        "The dilution was typed as 2000 instead of 20.",
        "Разведение ввели как 2000 вместо 20.",
    ),
    "count.too_many_runs": (
        "The file holds the runs of the whole morning.",
        "В файле измерения за всё утро.",
    ),
    "count.used": (
        "The harvest went by this count, and you want to count anew.",
        "Съём уже записан по этому подсчёту, а вы хотите посчитать заново.",
    ),
    "counter.columns_no_volume": (
        "QA names columns with cells in a chamber and leaves the volume empty.",
        "Служба качества назвала столбцы с числом клеток в камере и не указала объём.",
    ),
    "counter.columns_twice": (
        "“Cells” is named as the live and as the dead cells.",
        "Столбец «Cells» указан и для живых, и для мёртвых клеток.",
    ),
    "counter.columns_unclear": (
        "The column of the dead and that of all cells are both named.",
        "Указаны сразу и столбец мёртвых, и столбец всех клеток.",
    ),
    "counter.no_columns": (
        "A new counter came this week, and you choose its file.",
        "На этой неделе привезли новый счётчик, и вы выбрали его файл.",
    ),
    "culture.no_vessels": (
        "You record a medium change before anything was seeded.",
        "Вы записываете смену среды, хотя ещё ничего не посеяно.",
    ),
    "donation.inspection": (
        "The harvest bag leaks, and you answered that it is not intact.",
        "Контейнер с костным мозгом течёт, и вы ответили, что он не цел.",
    ),
    "donation.not_received": (
        "The marrow stands on the bench, but nobody took it over in the laboratory.",
        "Костный мозг стоит на столе, но в лаборатории его никто не принял.",
    ),
    "donation.too_late": (
        "The courier was late: the marrow is older than the 24 hours it may have.",
        "Курьер опоздал: костному мозгу больше 24 часов, которые ему отведены.",
    ),
    "donation.wrong_bag": (
        "Two donors were harvested this morning, and you scanned the bag of the other.",
        "Утром было два донора, и вы считали контейнер другого.",
    ),
    "donor.not_eligible": (
        "A screening result came in after the harvest, and the physician has not signed yet.",
        "Результат обследования пришёл после забора, и врач ещё не подписал годность.",
    ),
    "environment.comment_needed": (
        "The pressure fell to 11 Pa while the door stood open, and you give no reason.",
        "Давление упало до 11 Па при открытой двери, а причина не указана.",
    ),
    "environment.other_place": (
        "You read the thermometer of Bench 2 and name the batch of Bench 1.",
        "Вы записываете показание места 2 и указываете серию места 1.",
    ),
    "environment.plate_too_long": (
        "One plate is entered for the whole night.",
        "Одну чашку записали на всю ночь.",
    ),
    "environment.window_needed": (
        "You enter the colonies of a settle plate without its times.",
        "Вы ввели число колоний на чашке без времени.",
    ),
    "environment.window_wrong": (
        "The two times of a plate were exchanged.",
        "Время открытия и закрытия чашки перепутано.",
    ),
    "file.attached_already": (
        "You choose the same photograph twice.",
        "Вы дважды выбрали один и тот же снимок.",
    ),
    "file.damaged": (
        "The disk of the server failed, and the content of the file no longer agrees with its record.",
        "Диск сервера повредился, и содержимое файла больше не совпадает с записью.",
    ),
    "file.empty": (
        "The picture was still being copied from the camera.",
        "Снимок ещё копировался с камеры.",
    ),
    "file.not_found": (
        "The data folder was put back from a backup without its files.",
        "Папку данных восстановили из копии без файлов.",
    ),
    "file.infected": (
        "A certificate that came by mail holds something that the virus scanner knows.",
        "В сертификате, пришедшем по почте, есть то, что антивирус знает как вредоносное.",
    ),
    "file.not_looked_at": (
        "The virus scanner of the house is being started anew while you attach a picture.",
        "Вы прилагаете снимок, пока антивирус лаборатории перезапускается.",
    ),
    "file.not_received": (
        "The page lay open overnight, and the file of yesterday was never attached.",
        "Страница была открыта всю ночь, а вчерашний файл так и не приложили.",
    ),
    "file.not_yours": (
        "A program signs in as a nurse and sends a picture.",
        "Программа входит под именем медсестры и отправляет снимок.",
    ),
    "file.too_large": (
        "You attach a film of the culture instead of one picture of it.",
        "Вместо одного снимка культуры вы прилагаете видео.",
    ),
    "file.too_many": (
        "You attach the pictures of a whole month in one afternoon.",
        "Вы прилагаете снимки за целый месяц за один день.",
    ),
    "file.wrong_kind": (
        "You attach the worksheet as a spreadsheet instead of a PDF, or a picture where the counter's table belongs.",
        "Вы прилагаете рабочий лист таблицей, а не в PDF, или снимок туда, где нужна таблица счётчика.",
    ),
    "location.occupied": (
        "You open a second batch at Bench 1, where one goes on.",
        "Вы открываете вторую серию на месте 1, где одна уже идёт.",
    ),
    "lot.containers_left": (
        "The rest of the harvest still stands in its tube when you complete the batch.",
        "Вы завершаете серию, а остаток снятых клеток ещё стоит в пробирке.",
    ),
    "lot.incomplete": (
        "You complete the batch, and the last suspension waits for its verifier.",
        "Вы завершаете серию, а последнее суспендирование ждёт подтверждения.",
    ),
    "lot.not_a_bank": (
        "You open a product batch from a bank that is still being made.",
        "Вы открываете серию продукта из банка, который ещё готовят.",
    ),
    "lot.not_open": (
        "The page was open overnight; the batch was completed in the evening.",
        "Страница была открыта всю ночь; серию завершили вечером.",
    ),
    "lot.phase": (
        "Two colleagues complete the same batch; the second comes too late.",
        "Двое завершают одну серию; второй опоздал.",
    ),
    "lot.record_closed": (
        "A typing error is found after the batch was released.",
        "Опечатку нашли после выпуска серии.",
    ),
    "lot.record_over": (
        "You open the record of the batch that was completed yesterday.",
        "Вы открываете протокол серии, завершённой вчера.",
    ),
    "lot.sources_missing": (
        "You open a bank batch and scan no donation.",
        "Вы открываете серию банка и не считали донацию.",
    ),
    "lot.sources_mixed": (
        "You scan a donation and a bank for one product batch.",
        "Для одной серии продукта вы считали и донацию, и банк.",
    ),
    "lot.sources_unwanted": (
        "You scan the bank while opening the saline control.",
        "Открывая контроль с физраствором, вы считали банк.",
    ),
    "master_record.not_effective": (
        "The list was open while a new version took effect.",
        "Список был открыт, когда вступила в силу новая версия.",
    ),
    "master_record.own_draft": (
        "You wrote version 3 and try to approve it.",
        "Вы составили версию 3 и пытаетесь её утвердить.",
    ),
    "master_record.own_review": (
        "You wrote version 3 and try to sign its review.",
        "Вы составили версию 3 и пытаетесь подписать её рассмотрение.",
    ),
    "master_record.phase": (
        "A draft is approved before anybody reviewed it.",
        "Проект утверждают, хотя его ещё никто не рассмотрел.",
    ),
    "passage.limit": (
        "The cells are at P5, and the process ends before P6.",
        "Клетки на P5, а процесс заканчивается до P6.",
    ),
    "passage.mixed": (
        "You harvest vessels of P1 and P2 into one tube.",
        "Вы снимаете флаконы P1 и P2 в одну пробирку.",
    ),
    "record.labels_left": (
        "Two labels of the last batch still lie in the printer's tray.",
        "Две этикетки прошлой серии ещё лежат в лотке принтера.",
    ),
    "record.no_station": (
        "You press Open the record here on the computer in the office.",
        "Вы нажимаете «Открыть протокол здесь» на компьютере в кабинете.",
    ),
    "record.not_open": (
        "A colleague closed the record a minute ago, and your page does not know it yet.",
        "Коллега закрыл протокол минуту назад, а ваша страница этого ещё не знает.",
    ),
    "record.open_already": (
        "You press the button twice.",
        "Вы нажали кнопку дважды.",
    ),
    "record.other_open": (
        "The last batch was not closed here before the break.",
        "Перед перерывом прошлую серию здесь не закрыли.",
    ),
    "station_record.phase": (
        "Two colleagues close the same record at once.",
        "Двое одновременно закрывают один протокол.",
    ),
    "remark.altered": (
        "Somebody types “M1: Coagulated.” as the comment, and M1 is “The harvest was stopped early.”",
        "Кто-то набирает в комментарии «M1: Свернулся», а M1 означает «Взятие костного мозга прекращено досрочно».",
    ),
    "sample.no_such_point": (
        "You kept yesterday's page open and take the sample of the harvest in the step that freezes.",
        "Вы оставили открытой вчерашнюю страницу и берёте пробу снятых клеток в операции заморозки.",
    ),
    "sample.settled": (
        "A colleague took the sample a minute ago, and you write that it cannot be taken.",
        "Коллега взял пробу минуту назад, а вы записываете, что взять её нельзя.",
    ),
    "sample.too_little": (
        "The release tests need 2 mL, and 1.5 mL came out of the tube.",
        "Для испытаний нужно 2 мл, а из пробирки взяли 1,5 мл.",
    ),
    "step.act_missing": (
        "You complete the seeding and have not recorded the vessels yet.",
        "Вы завершаете посев, а флаконы ещё не записаны.",
    ),
    "step.done_already": (
        "You start the receipt of the marrow a second time.",
        "Вы второй раз начинаете приём костного мозга.",
    ),
    "step.incomplete": (
        "The centrifuge was not scanned before the step was completed.",
        "Вы завершаете операцию, а центрифуга не считана.",
    ),
    "step.labels_missing": (
        "Two vessels of the seeding are labelled; the label of the third still lies in the printer.",
        "Два флакона посева с этикетками, а этикетка третьего ещё лежит в принтере.",
    ),
    "step.none_running": (
        "You scan the medium before you press the start.",
        "Вы считываете среду, не нажав начало операции.",
    ),
    "step.not_needed": (
        "You scan saline in a step that asks for medium.",
        "Вы считываете физраствор в операции, где нужна среда.",
    ),
    "step.other_running": (
        "A colleague started the medium change at this batch a minute ago.",
        "Минуту назад коллега начал в этой серии смену среды.",
    ),
    "step.out_of_order": (
        "You start the freezing before the harvest.",
        "Вы начинаете заморозку до снятия клеток.",
    ),
    "step.phase": (
        "A step is verified twice, from two screens.",
        "Операцию подтверждают дважды, с двух экранов.",
    ),
    "step.role": (
        "The record gives this step to QA, and a technician starts it.",
        "По протоколу операцию выполняет служба качества, а начинает технолог.",
    ),
    "step.samples_missing": (
        "The tube of separated cells is labelled, and its sterility sample was not drawn.",
        "На пробирке с выделенными клетками есть этикетка, а проба на стерильность не взята.",
    ),
    "step.unknown": (
        "An old link names a step that this version does not have.",
        "Старая ссылка называет операцию, которой в этой версии нет.",
    ),
    "step.verifier_performed": (
        "You recorded the count and press the verifying button as well.",
        "Вы записали подсчёт и сами нажимаете подтверждение.",
    ),
    "step.verifier_role": (
        "The record lets QA verify the suspension, and a technician tries.",
        "По протоколу суспендирование подтверждает служба качества, а пробует технолог.",
    ),
    "step.wrong_act": (
        "The medium change is running, and you record a passage.",
        "Идёт смена среды, а вы записываете пассаж.",
    ),
    "thaw.not_a_source": (
        "The vial beside it in the box belongs to another bank.",
        "Соседняя криопробирка в коробке — из другого банка.",
    ),
    "training.draft": (
        "Training in version 4 is recorded while it is still being written.",
        "Обучение версии 4 записывают, пока её ещё пишут.",
    ),
    "training.expired": (
        "Your training in the bank record ended last Friday.",
        "Ваше обучение по протоколу банка закончилось в прошлую пятницу.",
    ),
    "training.missing": (
        "Version 3 took effect yesterday; you were trained in version 2.",
        "Вчера вступила в силу версия 3; вы обучены версии 2.",
    ),
    "training.own": (
        "You enter yourself as your own trainer.",
        "Вы указываете себя тем, кто вас обучил.",
    ),
    "training.period": (
        "Counts until 2 May, trained on 5 May: the days were exchanged.",
        "Действует до 2 мая, дата обучения 5 мая: даты перепутаны.",
    ),
    "undo.outside_limit": (
        "You take back a viability of 61 %: QA knows of it already.",
        "Вы отменяете жизнеспособность 61 %: служба качества о ней уже знает.",
    ),
    "value.already": (
        "The marrow volume was entered, and you enter it again.",
        "Объём костного мозга введён, и вы вводите его снова.",
    ),
    "value.comment_needed": (
        "Viability is 78 %, the alert limit 80 %; or the step was open longer than it should be.",
        "Жизнеспособность 78 %, предел предупреждения 80 %; или операция длилась дольше, чем следует.",
    ),
    "value.computed": (
        "You correct the yield; correct the count that it is computed from.",
        "Вы исправляете выход; исправьте подсчёт, из которого он вычислен.",
    ),
    "value.phase": (
        "A value is corrected that was corrected meanwhile.",
        "Исправляют значение, которое тем временем уже исправили.",
    ),
    "value.reason_needed": (
        "You correct 45 mL to 54 mL and leave the reason empty.",
        "Вы исправляете 45 мл на 54 мл и не указываете причину.",
    ),
    "value.too_fine": (
        "You enter 60.25 mL where tenths are asked for.",
        "Вы вводите 60,25 мл там, где нужны десятые.",
    ),
    "value.unknown_parameter": (
        "A page from before the step was started asks for a value of the last one.",
        "Страница, открытая до начала операции, спрашивает значение предыдущей.",
    ),
    "waste.everything": (
        "The tube holds 8 mL, and you waste 8 mL.",
        "В пробирке 8 мл, и вы сливаете 8 мл.",
    ),
}
